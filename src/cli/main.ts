#!/usr/bin/env node
import './allocator-settings.ts';
import './lance-settings.ts';

// Not before the process is the one that is to go on: to load it takes most of a start.
await import('./program.ts');
