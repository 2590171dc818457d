// Imported before a command whose progress a test reads: progress is shown on terminals only.
process.stderr.isTTY = true;
