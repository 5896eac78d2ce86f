-- wrk script: posts the JSON-RPC bodies given in the environment (one a line) in turn; counts answers that are errors.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local token = os.getenv("RPC_TOKEN")
if token then wrk.headers["Authorization"] = "Bearer " .. token end

local requests = {}
local turn = 0

function init()
  for line in os.getenv("RPC_BODY"):gmatch("[^\n]+") do table.insert(requests, wrk.format(nil, nil, nil, line)) end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

local wrong = 0
local threads = {}

function setup(thread) table.insert(threads, thread) end

function response(status, headers, body)
  if status ~= 200 or body:find('"error":{', 1, true) then
    wrong = wrong + 1
    wrong_answers = wrong
  end
end

function done(summary, latency, requests)
  local bad = 0
  for _, thread in ipairs(threads) do bad = bad + (thread:get("wrong_answers") or 0) end
  io.write(string.format("RESULT %.0f %.2f %d\n", summary.requests / (summary.duration / 1e6),
                         latency:percentile(99) / 1000, bad))
end
