-- wrk script: posts one JSON-RPC body, given in the environment, over and over; counts answers that are errors.
wrk.method = "POST"
wrk.body = os.getenv("RPC_BODY")
wrk.headers["Content-Type"] = "application/json"

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
