import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ValidationError, WriteError } from '../core/errors.ts';

/** In `user_version`; a file of another version was written by another Viewfinder. */
const VERSION = 1;

/** Primary result codes of SQLite's. */
const SQLITE_BUSY = 5;
const SQLITE_FULL = 13;

/** Milliseconds for which a process waits while another writes; each write takes well under one. */
const BUSY_MS = 5_000;

/**
 * `job` has what a job was asked to do and who does it; `snapshot` how it stood: of each stretch in
 * one state the newest, so that a change of state is never lost; `failure` each view that failed.
 */
const SCHEMA = `
  CREATE TABLE job (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    dataset TEXT NOT NULL,
    embedding_table TEXT NOT NULL,
    space TEXT NOT NULL,
    selection TEXT NOT NULL,
    recompute INTEGER NOT NULL,
    retry_of TEXT,
    begun_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    counted INTEGER NOT NULL,
    last_view TEXT,
    owner TEXT,
    lease_expires_at INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX one_live_job_a_table ON job (dataset, embedding_table)
    WHERE state IN ('QUEUED', 'RUNNING', 'CANCELLING');
  CREATE TABLE snapshot (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    job TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    occurred_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    total INTEGER NOT NULL,
    embedded INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    rate REAL,
    eta_seconds REAL,
    started_at INTEGER,
    finished_at INTEGER,
    error TEXT
  ) STRICT;
  CREATE INDEX snapshot_of_job ON snapshot (job, sequence);
  CREATE TABLE failure (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    job TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    view_table TEXT NOT NULL,
    view_id TEXT NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    fingerprint TEXT,
    occurred_at INTEGER NOT NULL,
    UNIQUE (job, view_table, view_id)
  ) STRICT;
  CREATE INDEX failure_of_job ON failure (job, number);
  PRAGMA user_version = ${VERSION};
`;

/** Kinds of network file systems, by the numbers of statfs(2): SQLite's locks are not safe on them. */
const NETWORK_FILE_SYSTEMS = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x47504653, 'GPFS'],
]);

/** The name of the kind of network file system that has this number in statfs(2); null for a local one. */
export function networkFileSystem(type: number): string | null {
  return NETWORK_FILE_SYSTEMS.get(type) ?? null;
}

/**
 * Opens the record of jobs in a state folder that is there, and makes it where there is none.
 * @throws ValidationError that says what is wrong with the folder and names --state
 */
export function openJobDatabase(folder: string): DatabaseSync {
  const path = join(folder, 'jobs.sqlite');
  let database: DatabaseSync | undefined;
  try {
    const network = networkFileSystem(statfsSync(folder).type);
    if (network !== null) {
      throw new Error(`it lies on a network file system (${network}), where SQLite cannot lock`);
    }
    database = new DatabaseSync(path, { timeout: BUSY_MS });
    prepare(database);
    return database;
  } catch (cause) {
    database?.close();
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `The record of jobs cannot be kept in ${path}: ${reason}. Name another folder with --state DIR.`;
    throw new ValidationError([{ path: ['state'], message }], { cause });
  }
}

/** Runs `change` as a whole or not at all, with nobody else writing meanwhile. */
export function atomically<Result>(database: DatabaseSync, change: () => Result): Result {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = change();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // A full disk has already rolled it back.
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** What an error of SQLite's is to a caller; any other stays what it is. */
export function recordError(database: DatabaseSync, cause: unknown): unknown {
  if (!(cause instanceof Error && 'errcode' in cause)) return cause;
  const isFull = cause.errcode === SQLITE_FULL;
  const advice = isFull ? 'Make room, then go on' : 'See that nothing else keeps it, then go on';
  const message = `The record of jobs in ${database.location()} cannot be written to: ${cause.message}. ${advice}.`;
  return new WriteError(isFull ? 'DISK_FULL' : 'WRITE_FAILED', message, { cause });
}

function prepare(database: DatabaseSync): void {
  setWriteAheadLog(database);
  // What is committed survives the death of the process; only a power cut may take the last moments.
  database.exec('PRAGMA synchronous = NORMAL');
  atomically(database, () => {
    const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
    if (version === 0) database.exec(SCHEMA);
    else if (version !== VERSION) {
      throw new Error(`it is of version ${version} and was written by another Viewfinder; this one has ${VERSION}`);
    }
  });
}

/** Of two processes that switch a new file at once one is refused, whatever its patience. */
function setWriteAheadLog(database: DatabaseSync): void {
  for (let attempt = 1; ; attempt++) {
    try {
      database.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      const busy = error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
      if (!busy || attempt === 50) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}
