/** Ends the applications that test files handed on to each other; Jest's `globalTeardown` where it runs the tests in its own process. */
export default async function closeIdleApps() {
  await Promise.all((globalThis.idleApps ?? []).splice(0).map((app) => app.close()));
}
