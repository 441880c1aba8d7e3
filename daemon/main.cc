#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>

#include "daemon/cli/parse.h"
#include "daemon/exit_code.h"

namespace {

// A step that ran out of memory is half done, and nothing of it may be written: leave as a kill
// would have it, to be started again.
[[noreturn]] void leave_out_of_memory() {
  constexpr std::string_view kWords = "revisitd: out of memory\n";
  [[maybe_unused]] const auto told = ::write(STDERR_FILENO, kWords.data(), kWords.size());
  std::_Exit(revisitd::daemon::kBad);
}

}  // namespace

int main(int argc, char** argv) {
  std::set_new_handler(leave_out_of_memory);
  try {
    return revisitd::daemon::cli::parse_and_run(argc, argv);
  } catch (const std::exception& error) {  // no thread can be started, for one
    std::fprintf(stderr, "revisitd: %s\n", error.what());
    return revisitd::daemon::kBad;
  }
}
