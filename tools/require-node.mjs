/**
 * Says what to install where no Node that we can run on came along; parses on old ones. npm's package `node` (an optional dependency)
 * brings the right one for most platforms, and `npm run` finds it before the machine's own.
 */
var needed = [24, 9];
var found = process.versions.node.split('.').map(Number);

if (found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1])) {
  process.stderr.write(
    'Turnpike needs Node ' +
      needed.join('.') +
      ' or newer, and this is Node ' +
      process.versions.node +
      '.\n' +
      'Usually "npm ci" brings one along for this folder. It did not here: either optional dependencies or install scripts\n' +
      'are switched off (try "npm ci --include=optional --ignore-scripts=false"), or there is none for ' +
      process.platform +
      ' on ' +
      process.arch +
      '.\n' +
      'Otherwise install Node 24 (https://nodejs.org/en/download) and start again.\n',
  );
  process.exit(1);
}
