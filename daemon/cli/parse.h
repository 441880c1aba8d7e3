#pragma once

namespace revisitd::daemon::cli {

// The command line, from its words to an exit code: --help and --version, usage errors (2), else
// the command's.
int parse_and_run(int argc, const char* const* argv);

}  // namespace revisitd::daemon::cli
