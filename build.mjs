// Turns the sources under static/ into what pages load: `node build.mjs`.
//   static/js/*.js, first line with "// entry"    → one minified module each, with all it imports
//   static/css/*.css, first line with "/* entry"  → one minified style sheet each, with all it imports
//   static/img/*                                  → the same bytes
// all under static/build/ with a hash of the content in the name, so that browsers may keep them for ever, and
// static/build/manifest.json to find them by: {"js/room.js": "js/room-7QFXZ2LA.js", …}. Text is compressed here,
// once and as hard as can be, instead of at each request.
//   static/icons.txt, lines `ours = lucide-name` or `name`  → static/vendor/icons/<ours>.svg, to be put inline
// Nothing of it is committed. The manifest comes after the files it names and before old ones go, for a server that
// starts meanwhile.
import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

process.chdir(dirname(fileURLToPath(import.meta.url)))

const ENTRIES = { 'static/js': ['.js', '// entry'], 'static/css': ['.css', '/* entry'] }
const COPIED = 'static/img'
const BUILD = 'static/build'
const ICONS = { list: 'static/icons.txt', from: 'node_modules/lucide-static/icons', to: 'static/vendor/icons' }
const TARGET = ['es2020', 'safari15'] // the oldest phones that hold a call at all
const COMPRESSED = ['.js', '.css', '.svg', '.ico', '.json', '.webmanifest'] // not source maps: nobody waits for those
const TINY = 300 // bytes: below this, compressing saves no packet

/** Stop with one sentence: what is wrong is in the sources, not in this file. */
function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}

/** Paths of the plain files directly in a folder, which may be missing. */
async function list(folder) {
  if (!existsSync(folder)) return []
  const items = (await readdir(folder, { withFileTypes: true })).filter((item) => item.isFile() && item.name[0] !== '.')
  return items.map((item) => join(folder, item.name)).sort()
}

/** Remove what an earlier build left in a folder and this one did not make. */
async function sweep(folder, kept) {
  for (const item of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, item.name)
    if (item.isDirectory()) await sweep(path, kept)
    else if (!kept.has(path)) await rm(path)
  }
}

/** Bundle the entries and take the pictures along; returns [logical name, name under static/build, bytes] of each file. */
async function bundle() {
  const pictures = await list(COPIED)
  const entryPoints = [...pictures]
  for (const [folder, [ending, mark]] of Object.entries(ENTRIES))
    for (const file of await list(folder))
      if (extname(file) === ending && (await readFile(file, 'utf8')).split('\n', 1)[0].includes(mark)) entryPoints.push(file)
  if (entryPoints.length === 0) return []
  const { build } = await import('esbuild').catch(() => fail('The build needs its packages; get them with: npm ci'))
  const { outputFiles, metafile } = await build({
    entryPoints,
    outbase: 'static',
    outdir: BUILD,
    entryNames: '[dir]/[name]-[hash]',
    assetNames: '[dir]/[name]-[hash]', // a picture named by url() in a style sheet is the very file the manifest names
    loader: Object.fromEntries(pictures.map((file) => [extname(file), 'copy'])),
    bundle: true, // no splitting: a shared piece would cost a page one more round trip
    minify: true, legalComments: 'none', // the packages under node_modules carry their licences
    format: 'esm',
    target: TARGET,
    sourcemap: 'linked',
    write: false, metafile: true,
    logLevel: 'warning', // esbuild itself says what is wrong, with the line
  }).catch(() => process.exit(1))
  return outputFiles.map(({ path, contents }) => {
    const name = path.slice(join(process.cwd(), BUILD).length + 1)
    return [metafile.outputs[join(BUILD, name)].entryPoint?.slice('static/'.length), name, contents]
  })
}

/** Write one built file, and its compressed forms beside it where they are worth it; returns the paths. */
async function write(name, bytes) {
  const path = join(BUILD, name)
  const forms = [[path, bytes]]
  if (bytes.length >= TINY && COMPRESSED.includes(extname(name))) {
    forms.push([`${path}.br`, await promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } })])
    forms.push([`${path}.gz`, await promisify(gzip)(bytes, { level: 9 })])
  }
  await mkdir(dirname(path), { recursive: true })
  return Promise.all(forms.map(([form, content]) => writeFile(form, content).then(() => form)))
}

/** Put the listed Lucide icons, stripped for use inside a page, where templates include them from. */
async function icons() {
  const text = existsSync(ICONS.list) ? await readFile(ICONS.list, 'utf8') : ''
  await mkdir(ICONS.to, { recursive: true })
  const kept = new Set()
  for (const line of text.split('\n').map((line) => line.replace(/#.*/, '').trim()).filter(Boolean)) {
    const [ours, lucide = ours] = line.split('=').map((part) => part.trim())
    const source = join(ICONS.from, `${lucide}.svg`)
    if (!existsSync(source)) fail(`${ICONS.list}: Lucide has no icon named "${lucide}"; those it has are in ${ICONS.from}.`)
    const svg = (await readFile(source, 'utf8'))
      .replace(/<!--.*?-->/gs, '')
      .replace(/\s(class|width|height|xmlns)="[^"]*"(?=[^<]*viewBox)/g, '') // of the <svg> tag alone
      .replace(/\s+/g, ' ').replace(/> </g, '><').replace(/ (\/?>)/g, '$1').trim()
      .replace('<svg', '<svg class="icon" aria-hidden="true" focusable="false"')
    kept.add(join(ICONS.to, `${ours}.svg`))
    await writeFile(join(ICONS.to, `${ours}.svg`), svg)
  }
  await sweep(ICONS.to, kept)
}

await icons()
const made = await bundle()
await mkdir(BUILD, { recursive: true })
const kept = new Set((await Promise.all(made.map(([, name, bytes]) => write(name, bytes)))).flat())
const named = Object.fromEntries(made.filter(([logical]) => logical).sort(([a], [b]) => (a < b ? -1 : 1)))
const manifest = join(BUILD, 'manifest.json')
await writeFile(`${manifest}.new`, JSON.stringify(named, null, 2) + '\n')
await rename(`${manifest}.new`, manifest)
await sweep(BUILD, kept.add(manifest))
