#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <string>

namespace revisitd::testing {

struct CommandOutput {
  int code = -1;
  std::string text;  // standard output; with 2>&1 in the command, both
};

// Runs a shell command to its end.
inline CommandOutput run_command(const std::string& command) {
  CommandOutput output;
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return output;
  char buffer[4096];
  for (std::size_t n; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    output.text.append(buffer, n);
  const int status = ::pclose(pipe);
  output.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return output;
}

}  // namespace revisitd::testing
