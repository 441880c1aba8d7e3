#include "daemon/cli/test.h"

#include <fstream>
#include <iostream>

#include "daemon/cli/commands.h"
#include "daemon/cli/test_report.h"

namespace revisitd::daemon::cli {

int test(const TestOptions& options) {
  std::vector<TestOutcome> outcomes;
  std::size_t failed = 0;
  for (const std::string& file : options.files) {
    TestOutcome& outcome = outcomes.emplace_back(load_test(file), std::nullopt);
    if (outcome.loaded.test) {
      outcome.run = rules::run_trigger_test(*outcome.loaded.test, outcome.loaded.inputs);
    }
    failed += outcome.failed();
  }
  const TestCoverage coverage = options.coverage ? coverage_of(outcomes) : TestCoverage{};
  if (options.json) {
    std::cout << outcomes_json(outcomes, options.coverage ? &coverage : nullptr);
  } else {
    print_outcomes(outcomes, std::cout);
    if (options.coverage) print_coverage(coverage, std::cout);
  }
  if (!options.junit.empty()) {
    std::ofstream junit(options.junit, std::ios::binary | std::ios::trunc);
    junit << junit_xml(outcomes);
    if (!junit.flush()) {
      std::cerr << "revisitd: " << options.junit << " cannot be written\n";
      return kBad;
    }
  }
  return failed == 0 && std::cout.flush() ? kGood : kBad;
}

}  // namespace revisitd::daemon::cli
