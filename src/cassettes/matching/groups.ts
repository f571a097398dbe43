/** Documents by key, in the order of the file. */

/** Numbers of documents, in the order of the file. */
export type Documents = readonly number[]

export interface Groups {
  add(key: string, document: number): void
  get(key: string): Documents
}

const NONE: Documents = []

export function createGroups(): Groups {
  const groups = new Map<string, number[]>()
  return {
    add(key, document) {
      const group = groups.get(key)
      if (!group) groups.set(key, [document])
      else if (document > group.at(-1)!) group.push(document)
      // Under rules, keys are made in the order in which they are needed.
      else
        group.splice(
          group.findIndex((other) => other > document),
          0,
          document
        )
    },
    get: (key) => groups.get(key) ?? NONE
  }
}
