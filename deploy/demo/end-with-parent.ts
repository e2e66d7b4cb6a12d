/**
 * Loaded by the demo's child processes (`node --import`): they end in order when the demo is gone, however it went.
 * A child of such a child inherits the import but not the meaning: it has another parent.
 */
if (process.env.EDGENEXTD_DEMO_PID === String(process.ppid) && process.channel) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}
