/** Where the pages of a test run open: the server's address, and of each worker's Chrome the address of its debugging socket. */
export interface SharedLabs {
  readonly url: string;
  readonly endpoints: readonly string[];
}

/** The environment variable in which the run's setup hands them to its workers, as JSON. */
const NAME = "SHARED_LABS";

export function share(labs: SharedLabs): void {
  process.env[NAME] = JSON.stringify(labs);
}

/** The run's server and this worker's Chrome. */
export function sharedLab(): { url: string; endpoint: string } {
  const shared = process.env[NAME];
  if (shared === undefined) throw new Error(`${NAME}: not set by the run's setup`);
  const { url, endpoints } = JSON.parse(shared) as SharedLabs;
  const worker = process.env.VITEST_POOL_ID;
  const endpoint = endpoints[Number(worker) - 1];
  if (endpoint === undefined)
    throw new Error(`VITEST_POOL_ID: expected a number from 1 to ${endpoints.length}, found ${worker}`);
  return { url, endpoint };
}
