// Imported before all else, for a process has its allocator set up when it starts.

/**
 * An exact search reads every vector of a table into memory that it gives back at once. As glibc is by itself, that
 * memory goes back to the system each time and comes anew, page by page: half of what such a search takes. Blocks of up
 * to 32 MiB, which is glibc's limit, are to be kept for the next one, and 256 MiB of what is free.
 */
const KEPT = { MALLOC_MMAP_THRESHOLD_: String(32 * 1024 ** 2), MALLOC_TRIM_THRESHOLD_: String(256 * 1024 ** 2) };

const { env } = process;
const isSet = Object.entries(KEPT).every(([name, value]) => env[name] === value);
const isChosen = Object.keys(env).some((name) => name.startsWith('MALLOC_') || name === 'GLIBC_TUNABLES');

if (isSet) {
  // They have been read; the processes of models are as glibc has them.
  for (const name of Object.keys(KEPT)) delete env[name];
} else if (process.argv[2] === 'serve' && process.platform === 'linux' && !isChosen && !process.connected) {
  try {
    // The same process goes on with the same words: whoever started it sees no difference.
    process.execve?.(process.execPath, [process.execPath, ...process.execArgv, ...process.argv.slice(1)], {
      ...env,
      ...KEPT,
    });
  } catch {
    // Where that is not allowed, searches are slower and nothing else.
  }
}
