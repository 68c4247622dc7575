export const plan = async (..._args: unknown[]): Promise<number> => 0;
