#!/usr/bin/env node
import { runLoadCommand } from '../dist/cli.js';

process.exitCode = await runLoadCommand(process.argv.slice(2));
