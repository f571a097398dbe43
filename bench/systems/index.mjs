/** The systems that can stand before an upstream. */
import { bare } from './bare.mjs'
import { direct } from './direct.mjs'
import { mitmproxy } from './mitmproxy.mjs'
import { mockttp } from './mockttp.mjs'
import { nginx } from './nginx.mjs'
import { OURS, OURS_RECORDING, openaiProxy, openaiProxyRecording } from './openai-proxy.mjs'
import { portkey } from './portkey.mjs'
import { talkback } from './talkback.mjs'

/** All of them, those that are compared with each other in neighbouring turns. */
export const FORWARDERS = [bare, openaiProxy, openaiProxyRecording, nginx, talkback, mitmproxy, mockttp, portkey]

/** The same beside no proxy at all, where what a proxy adds is asked. */
export const FORWARDERS_AND_DIRECT = [direct, ...FORWARDERS]

/** What a quick run looks at. */
export const QUICK = [direct.name, bare.name, OURS, OURS_RECORDING]
