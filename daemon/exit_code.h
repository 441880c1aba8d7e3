#pragma once

namespace revisitd::daemon {

// How the program ends. A supervisor acts on the last three, which are those of sysexits.h.
enum ExitCode {
  kGood = 0,
  kBad = 1,             // said why in the log
  kUsage = 2,           // the command line is wrong
  kStorageFailed = 74,  // the database failed under us: start again, state is read anew
  kTemporary = 75,      // the address or the database is taken: try again later
  kNewerDatabase =
      78,  // the database is of a newer version or another program: a new start will not help
};

// Commands return them, too.
namespace cli {
using enum ExitCode;
}

}  // namespace revisitd::daemon
