/** Loads a file of bench/, which is plain JavaScript, as the functions that a test says it has. */
export async function loadBench<T>(file: string): Promise<T> {
  return (await import(new URL(`../../bench/${file}`, import.meta.url).href)) as T
}
