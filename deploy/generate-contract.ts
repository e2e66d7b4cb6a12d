/** `npm run generate:contract`: writes deploy/contract/, unless the contract changed and its version did not. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PROTOCOL_VERSION } from '../src/publish/topics.js';
import { contractDigest, contractFiles, textOf, type Versions, versionFault } from './contract-files.js';

const folder = new URL('../../deploy/contract/', import.meta.url);
const versionsFile = new URL('versions.json', folder);
const versions = JSON.parse(readFileSync(versionsFile, 'utf8')) as Versions;
const files = contractFiles();
const digest = contractDigest(files);
const renewed = { ...versions, [PROTOCOL_VERSION]: versions[PROTOCOL_VERSION] ?? digest };

const fault = versionFault(renewed, PROTOCOL_VERSION, digest);
if (fault === null) {
  for (const [name, text] of files) writeFileSync(new URL(name, folder), text);
  writeFileSync(versionsFile, textOf(renewed));
  console.log(`${files.size} files of version ${PROTOCOL_VERSION} in ${fileURLToPath(folder)}`);
} else {
  console.error(fault);
  process.exitCode = 1;
}
