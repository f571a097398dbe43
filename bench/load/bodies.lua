-- Lets wrk send one body of a file after another, and print what it found as JSON.
local requests = {}
local at = 0

function init(args)
  local headers = { ["Content-Type"] = "application/json" }
  for index = 2, #args, 2 do headers[args[index]] = args[index + 1] end
  for line in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("POST", nil, headers, line)
  end
end

function request()
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"seconds":%.6f,"errors":%d,"p50":%.4f,"p99":%.4f}\n',
    summary.requests, summary.duration / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
