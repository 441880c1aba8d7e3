#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/trigger_test_run.h"

namespace revisitd::daemon::cli {

// A trigger test with everything it names, read from files.
struct LoadedTest {
  std::string file;
  std::string text;
  std::optional<rules::TriggerTest> test;  // only when there is no error
  rules::TestInputs inputs;
  std::vector<Diagnostic> diagnostics;  // of the test and of the files it names
};
LoadedTest load_test(const std::string& file);

}  // namespace revisitd::daemon::cli
