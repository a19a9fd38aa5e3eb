-- Ferrograph for Neovim 0.10 and newer: save as ~/.config/nvim/plugin/ferrograph.lua.

local settings = {
  -- model = { url = "http://localhost:11434/v1", name = "qwen2.5-coder:7b" },
  -- context = { budget = 8000 },
}

vim.api.nvim_create_autocmd("FileType", {
  pattern = "rust",
  callback = function(event)
    vim.lsp.start({
      name = "ferrograph",
      cmd = { "ferrograph", "lsp" },
      root_dir = vim.fs.root(event.buf, { "Cargo.lock", "Cargo.toml" }),
      init_options = settings,
    }, { bufnr = event.buf })
  end,
})

-- :AI make this generic    works on the item under the cursor, or on a range of lines.
vim.api.nvim_create_user_command("AI", function(command)
  local client = vim.lsp.get_clients({ bufnr = 0, name = "ferrograph" })[1]
  if client == nil then
    vim.notify("ferrograph does not serve this buffer", vim.log.levels.WARN)
    return
  end
  local range
  if command.range > 0 then
    range = {
      start = { line = command.line1 - 1, character = 0 },
      ["end"] = { line = command.line2, character = 0 },
    }
  else
    range = vim.lsp.util.make_range_params(0, client.offset_encoding).range
  end
  local argument = { uri = vim.uri_from_bufnr(0), range = range, instruction = command.args }
  client.request("workspace/executeCommand", {
    command = "ferrograph.ai",
    arguments = { argument },
  })
end, { range = true, nargs = "*", desc = "Let ferrograph change the item under the cursor" })
