// check FOLDER checks the dashboards in it, as the files are, against Grafana's published types: each is compiled as a
// literal of the type Dashboard, so that a wrong value, a missing member and one that Grafana does not know are errors.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

const folder = process.argv.at(-1) ?? ''
const files = readdirSync(folder).filter(name => name.endsWith('.json'))
const config = ts.parseJsonConfigFileContent(ts.readConfigFile('tsconfig.json', path => readFileSync(path, 'utf8')).config, ts.sys, '.')
const beside = mkdtempSync('src/.check-') // where the types resolve as they do for the sources
try {
  const sources = files.map(name => {
    const path = join(beside, name.replace(/\.json$/, '.ts'))
    const text = readFileSync(join(folder, name), 'utf8')
    JSON.parse(text) // what TypeScript would read, and JSON does not allow, ends here
    writeFileSync(path, `import type { Dashboard } from '../schema.js'\nexport const dashboard: Dashboard = ${text}`)
    return path
  })
  const program = ts.createProgram(sources, { ...config.options, noEmit: true })
  const faults = ts.getPreEmitDiagnostics(program)
  for (const fault of faults) {
    const at = fault.file && fault.start !== undefined ? `line ${fault.file.getLineAndCharacterOfPosition(fault.start).line} of ${fault.file.fileName.replace(beside, folder)}: ` : ''
    console.error(at + ts.flattenDiagnosticMessageText(fault.messageText, '\n'))
  }
  if (faults.length > 0 || files.length === 0) process.exitCode = 1
  else console.log(`${files.join(', ')}: as Grafana's schema ${JSON.parse(readFileSync('node_modules/@grafana/schema/package.json', 'utf8')).version} has it`)
} finally {
  rmSync(beside, { recursive: true })
}
