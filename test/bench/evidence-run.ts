/** Imported before a command: tells on standard error, when the process ends, what it took. */
process.on("exit", () => {
  const { maxRSS, systemCPUTime, userCPUTime } = process.resourceUsage();
  const measured = { cpuMs: (userCPUTime + systemCPUTime) / 1000, peakMegabytes: (maxRSS * 1024) / 1e6 };
  process.stderr.write(JSON.stringify(measured));
});
