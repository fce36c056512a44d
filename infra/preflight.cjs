/**
 * Runs before every script of package.json: prints the path of the Node to run it with, or says in one sentence what is
 * missing. It works in any Node since 14.18 and without packages, since they may be missing.
 */
const { existsSync, readFileSync } = require('node:fs')
const { join } = require('node:path')

const root = join(__dirname, '..')
const oldest = [24, 2]
const install = 'npm ci --include=dev --include=optional'

/** Matches a system as package.json and the lock file name them: one or several, or all but some. */
function fits(wanted, actual) {
  const all = [].concat(wanted || [])
  const others = all.filter((each) => each[0] === '!')
  return all.length === others.length ? !others.includes(`!${actual}`) : all.includes(actual)
}

function libc() {
  process.report.excludeNetwork = true
  return process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl'
}

function isForHere({ os, cpu, libc: library }) {
  return fits(os, process.platform) && fits(cpu, process.arch) && (!library || fits(library, libc()))
}

/** The content of a JSON file; undefined if it is missing or damaged. */
function read(...path) {
  try {
    return JSON.parse(readFileSync(join(root, ...path), 'utf8'))
  } catch (_) {
    return undefined
  }
}

const [major, minor] = process.versions.node.split('.').map(Number)
const isNew = major > oldest[0] || (major === oldest[0] && minor >= oldest[1])
const ownNode = `node_modules/node-${process.platform}-${process.arch}`
const node = existsSync(join(root, ownNode, 'bin/node')) ? `${ownNode}/bin/node` : isNew ? process.execPath : undefined

function problem() {
  if (root.includes('\\')) {
    return `Node loads no modules from a folder with a backslash in its name: move or rename ${root}.`
  }
  const lock = read('package-lock.json')
  if (!lock) return 'package-lock.json is missing or damaged: get it back from the repository.'
  const { packages } = lock
  const direct = Object.assign({}, packages[''].dependencies, packages[''].devDependencies)
  const wanted = Object.keys(packages).filter((path) => {
    const { link, optional, os, peer } = packages[path]
    // Our own rooms are there without being installed.
    const isBrought = path.startsWith('node_modules/') && !link
    const isNode = /^node_modules\/node-(darwin|linux)-\w+$/.test(path)
    // Optional packages without a system are dependencies of other optional ones, perhaps for another system.
    return isBrought && !isNode && !peer && (!optional || os) && isForHere(packages[path])
  })
  if (!wanted.some((path) => existsSync(join(root, path)))) return `Nothing is installed yet: run ${install}.`
  const missing = wanted.filter((path) => !existsSync(join(root, path, 'package.json')))
  const old = Object.keys(direct).filter((name) => {
    const path = `node_modules/${name}`
    const { version } = read(path, 'package.json') || {}
    return !missing.includes(path) && version !== packages[path].version
  })
  if (missing.length + old.length > 0) {
    const [first] = missing.concat(old.map((name) => `node_modules/${name}`))
    const count = missing.length + old.length
    return `The installation is not complete (${count} packages are missing or of another version, such as ${first}): run ${install}.`
  }
  if (node === undefined) {
    const brought = packages[ownNode] ? `, or run ${install}, which brings one` : ''
    return `This needs Node ${oldest.join('.')} or newer, and here is ${process.versions.node}: install it from https://nodejs.org${brought}.`
  }
  return undefined
}

const sentence = problem()
if (sentence !== undefined) {
  console.error(sentence)
  process.exit(1)
}
console.log(node)
