/** What holds a backend to the contract: cases, oracle, adversaries, saboteurs, and the null backend. */

export { type OpCase, parseOpCases, runOpCase } from './cases/op-cases.js';
export type { Difference, DiffOptions, DiffOutcome, NamedBytes } from './diff/difference.js';
export { type Lockstep, lockstep } from './diff/lockstep.js';
export { interleaved } from './harness/interleaved.js';
export { type ShuffleOptions, shuffled } from './harness/shuffled.js';
export { emptyReport, type StrictReport, strict } from './harness/strict/strict.js';
export { ContractViolation } from './harness/strict/violation.js';
export * from './null-backend.js';
export { describeHost } from './report/host.js';
export { reportHtml } from './report/html.js';
export { mergeReports, parseReport } from './report/merge.js';
export { type ReportFacts, report } from './report/report.js';
export * from './report/schema.js';
export { SABOTEURS } from './saboteurs/saboteurs.js';
export { allCases } from './suite/all-cases.js';
export { CaseFailure } from './suite/assert.js';
export type {
  BackendFacts,
  CaseContext,
  ConformanceCase,
  NotedError,
  Seed,
  Stack,
} from './suite/case.js';
export { checkLists, type ExclusionLists, type ListEntry, parseExclusions } from './suite/lists.js';
export {
  type CaseResult,
  type CaseStatus,
  Conformance,
  type ConformanceOptions,
  isGood,
} from './suite/run.js';
export { type RunSuiteOptions, runSuite, type SuiteProgress } from './suite/run-suite.js';
export type { Saboteur } from './suite/stack.js';
