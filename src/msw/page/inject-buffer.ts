/** In a page there is no global `Buffer`: whoever uses one is given this. */
export { Buffer } from './buffer.ts'
