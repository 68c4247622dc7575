export const demo = async (..._args: unknown[]): Promise<number> => 0;
