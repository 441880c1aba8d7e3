#pragma once

#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "daemon/cli/test_files.h"

// What `revisitd test` prints: for people, for JUnit readers and as JSON.
namespace revisitd::daemon::cli {

// One file, loaded and, if it could be, run.
struct TestOutcome {
  LoadedTest loaded;
  std::optional<rules::TestRun> run;

  [[nodiscard]] std::size_t passed() const;
  // Checks that failed; one for a file that could not be run.
  [[nodiscard]] std::size_t failed() const;
};

// By record, service and trigger, over all files.
using TestCoverage = std::map<std::tuple<std::string, std::string, std::string>, rules::Reach>;
TestCoverage coverage_of(const std::vector<TestOutcome>& outcomes);

void print_outcomes(const std::vector<TestOutcome>& outcomes, std::ostream& out);
void print_coverage(const TestCoverage& coverage, std::ostream& out);
std::string junit_xml(const std::vector<TestOutcome>& outcomes);
// `coverage` null: not asked for.
std::string outcomes_json(const std::vector<TestOutcome>& outcomes, const TestCoverage* coverage);

// A failed check as it is printed: its place with a caret, what was expected, what came, and the
// trigger's history around it. Lines end with a newline.
std::string failure_text(const TestOutcome& outcome, const rules::CheckResult& check);

}  // namespace revisitd::daemon::cli
