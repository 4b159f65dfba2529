// The text of the file THIRD-PARTY-LICENSES: who wrote the code inside our bundles, and on which terms.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const LICENCE_FILE = /^(licen[cs]e|copying|notice)([-.].*)?$/i;
const RULE = '-'.repeat(80);

/**
 * One section for each package of `folders`, in order of name and version; packages with the same words share them.
 *
 * @param {readonly string[]} folders installed packages, each with a manifest
 * @throws Error for a package that does not name a licence
 */
export function thirdPartyLicences(folders) {
  const packages = new Map(folders.map(readPackage).map((one) => [`${one.name}@${one.version}`, one]));
  const byTerms = Map.groupBy
    ? Map.groupBy(packages.values(), ({ terms }) => terms)
    : [...packages.values()].reduce((map, one) => map.set(one.terms, [...(map.get(one.terms) ?? []), one]), new Map());
  const sections = [...byTerms].map(([terms, members]) => {
    const names = members.map(({ name, version, licence, home }) => `${name} ${version} (${licence})${home}`).sort();
    return `${names.join('\n')}\n\n${terms}`;
  });
  const head = `Heddle contains code of the ${packages.size} packages below. Packages that npm installs beside it carry their own.`;
  return `${[head, ...sections.sort()].join(`\n\n${RULE}\n`)}\n`;
}

function readPackage(folder) {
  const { name, version, license, licenses, repository, author } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  );
  const licence = license ?? licenses?.map(({ type }) => type).join(' OR ');
  if (typeof licence !== 'string') throw new Error(`${name} ${version} names no licence`);
  const url = (typeof repository === 'string' ? repository : repository?.url) ?? '';
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => LICENCE_FILE.test(file)) : [];
  const texts = files.sort().map((file) => readFileSync(join(folder, file), 'utf8').trim().replaceAll('\r', ''));
  const by = typeof author === 'string' ? author : author?.name;
  const terms = texts.join('\n\n') || withoutText(licence, by);
  return { name, version, licence, home: url ? `, ${url.replace(/^git\+|\.git$/g, '')}` : '', terms };
}

/** Some packages name a licence and carry no text of it. MIT's words are everywhere the same. */
function withoutText(licence, author) {
  const where = licence.includes('MIT') ? ', in the words of the file LICENSE beside this one' : '';
  return `The package has no text of its own. Licence: ${licence}${where}.${author ? ` Author: ${author}.` : ''}`;
}
