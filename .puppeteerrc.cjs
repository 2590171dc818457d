// Installing the packages never downloads a browser: tools/setup.mjs looks for one first, and downloads only if there is none.
module.exports = { skipDownload: true };
