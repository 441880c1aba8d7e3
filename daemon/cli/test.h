#pragma once

#include <string>
#include <vector>

namespace revisitd::daemon::cli {

struct TestOptions {
  std::vector<std::string> files;
  bool json = false;
  bool coverage = false;
  std::string junit;  // file to write, "" for none
};
// Runs trigger tests; 1 when one fails or cannot be run.
int test(const TestOptions& options);

}  // namespace revisitd::daemon::cli
