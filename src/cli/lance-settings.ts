// Imported before all else, for LanceDB reads its settings when it is loaded.
import { availableParallelism } from 'node:os';

// Lance asks for these two where there are few cores, and warns on stderr until it has them.
process.env.LANCE_CPU_THREADS ??= String(Math.max(2, availableParallelism()));
process.env.LANCE_IO_CORE_RESERVATION ??= '0';
// Of an index that Python made it says at each call that it ignores it: then the search is exact.
process.env.LANCEDB_LOG ??= 'error';
