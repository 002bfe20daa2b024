// write FOLDER writes the dashboards; write --check FOLDER only says whether they are written already.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { directory } from './directory.js'
import { operations } from './operations.js'

const check = process.argv.includes('--check')
const folder = process.argv.at(-1) ?? ''
for (const [name, dashboard] of Object.entries({ directory, operations })) {
  const path = join(folder, `${name}.json`)
  const text = JSON.stringify(dashboard, null, 2) + '\n'
  if (!check) {
    writeFileSync(path, text)
  } else if (readFileSync(path, 'utf8') !== text) {
    console.error(`${path} is not what src/${name}.ts writes: run make dashboards`)
    process.exitCode = 1
  }
}
