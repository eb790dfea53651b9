-- For wrk: sends what is in the files named after `--`, in turn. A file may hold several requests, which are
-- then sent without waiting for the answers in between.
local requests = {}
local turn = 0

function init(names)
  for place, name in ipairs(names) do
    local file = assert(io.open(name, "rb"))
    requests[place] = file:read("*a")
    file:close()
  end
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end
