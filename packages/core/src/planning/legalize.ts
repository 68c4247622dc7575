/**
 * Legalizing: commands that a backend cannot run as they were recorded become commands that it can. Where
 * whole allocations are checked (`wholeAllocationBindings`), one command may not read one view of a buffer
 * and write another, so what it reads is copied to a temporary first.
 */

import type { BackendCapabilities } from '../backend.js';
import {
  type Command,
  type CopyCommand,
  READ,
  type Recording,
  type Resource,
  type Use,
  WRITE,
} from '../recording/commands.js';

/** The recording itself where nothing is to be done; otherwise one with more commands and resources. */
export function legalize(recording: Recording, capabilities: BackendCapabilities): Recording {
  if (!capabilities.wholeAllocationBindings) return recording;
  if (!recording.commands.some(mixes)) return recording;
  const commands: Command[] = [];
  const resources: Resource[] = [...recording.resources];
  for (const command of recording.commands) {
    let legal = command;
    for (const use of mixedUses(command)) {
      // The same range may be bound twice: then the first round has moved both.
      if (!legal.uses.includes(use)) continue;
      const copy = copyOut(command, use, resources);
      commands.push(copy);
      legal = withUses(legal, (other) => (sameRange(other, use) ? { ...copy.uses[1], access: READ } : other));
    }
    commands.push(legal);
  }
  return { ...recording, commands, resources };
}

/** Whether a command has uses that {@link mixedUses} finds. Loops, because it is asked of every command. */
function mixes({ uses }: Command): boolean {
  for (let w = 0; w < uses.length; w++) {
    if (!(uses[w].access & WRITE)) continue;
    for (let r = 0; r < uses.length; r++) {
      if (uses[r].access === READ && uses[r].resource === uses[w].resource) return true;
    }
  }
  return false;
}

/** Uses that only read a resource which the same command writes elsewhere. */
function mixedUses(command: Command): Use[] {
  if (!mixes(command)) return [];
  const { uses } = command;
  return uses.filter(
    (use) =>
      use.access === READ && uses.some((other) => other.access & WRITE && other.resource === use.resource),
  );
}

/** A copy of what `use` reads to a new temporary, which is added to `resources`. */
function copyOut({ label }: Command, use: Use, resources: Resource[]): CopyCommand {
  const { byteLength } = use;
  const resource = resources.length;
  resources.push({ byteLength, label: `${resources[use.resource].label} (apart)`, temporary: true });
  const temporary = { resource, offset: 0, byteLength, access: WRITE };
  return { kind: 'copy', label: `${label} (read apart)`, uses: [use, temporary] };
}

function sameRange(a: Use, b: Use): boolean {
  return (
    a.resource === b.resource &&
    a.offset === b.offset &&
    a.byteLength === b.byteLength &&
    a.access === b.access
  );
}

function withUses(command: Command, change: (use: Use) => Use): Command {
  if (command.kind === 'dispatch') return { ...command, uses: command.uses.map(change) };
  if (command.kind !== 'copy') return command;
  const [source, destination] = command.uses;
  return { ...command, uses: [change(source), destination] };
}
