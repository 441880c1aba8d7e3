#include "daemon/cli/test_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "rules/replay_strip.h"

namespace revisitd::daemon::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string xml(std::string_view text) {
  std::string out;
  std::string line;
  const auto flush = [&] {
    for (const char c : printable(line)) {
      switch (c) {
        case '&':
          out += "&amp;";
          break;
        case '<':
          out += "&lt;";
          break;
        case '>':
          out += "&gt;";
          break;
        case '"':
          out += "&quot;";
          break;
        default:
          out += c;
      }
    }
    line.clear();
  };
  for (const char c : text) {
    if (c != '\n') {
      line += c;
      continue;
    }
    flush();
    out += "\n";
  }
  flush();
  return out;
}

std::string diagnostics_text(const LoadedTest& loaded) {
  std::string text;
  for (const Diagnostic& d : loaded.diagnostics) text += format_diagnostic(d) + "\n";
  return text;
}

// "trigger x of y.md", by what is missing in it.
void print_missing(const TestCoverage& coverage, const char* title, bool rules::Reach::* reached,
                   std::ostream& out) {
  std::vector<std::string> missing;
  for (const auto& [name, reach] : coverage) {
    const auto& [record, service, trigger] = name;
    if (!(reach.*reached)) missing.push_back(service + "/" + trigger + "  (" + record + ")");
  }
  out << title << (missing.empty() ? ": none" : ":") << "\n";
  for (const std::string& line : missing) out << "  " << printable(line) << "\n";
}

}  // namespace

std::size_t TestOutcome::passed() const {
  if (!run) return 0;
  return static_cast<std::size_t>(std::count_if(run->checks.begin(), run->checks.end(),
                                                [](const auto& c) { return c.passed; }));
}

std::size_t TestOutcome::failed() const { return run ? run->checks.size() - passed() : 1; }

TestCoverage coverage_of(const std::vector<TestOutcome>& outcomes) {
  TestCoverage coverage;
  const auto add = [&](const TestOutcome& outcome, const rules::Decisions& decisions) {
    for (const auto& d : decisions) {
      for (const rules::Trigger& t : d->triggers) {
        rules::Reach& all = coverage[{d->path, d->service, t.name}];
        if (!outcome.run) continue;
        const auto reached = outcome.run->reach.find({d->service, t.name});
        if (reached == outcome.run->reach.end()) continue;
        all.opened |= reached->second.opened;
        all.held |= reached->second.held;
      }
    }
  };
  for (const TestOutcome& outcome : outcomes) {
    add(outcome, outcome.loaded.inputs.decisions);
    for (const auto& [event, decisions] : outcome.loaded.inputs.records) add(outcome, decisions);
  }
  return coverage;
}

void print_outcomes(const std::vector<TestOutcome>& outcomes, std::ostream& out) {
  std::size_t passed = 0, failed = 0;
  bool strips = false;
  for (const TestOutcome& outcome : outcomes) {
    passed += outcome.passed();
    failed += outcome.failed();
    out << printable(outcome.loaded.file) << ": ";
    if (!outcome.run) {
      out << "cannot be run\n" << diagnostics_text(outcome.loaded) << "\n";
      continue;
    }
    out << outcome.passed() << " passed";
    if (outcome.failed() > 0) out << ", " << outcome.failed() << " failed";
    out << "\n" << diagnostics_text(outcome.loaded);
    for (const rules::CheckResult& check : outcome.run->checks) {
      if (check.passed) continue;
      out << "\n" << failure_text(outcome, check);
      strips |= !check.trigger.empty();
    }
    if (outcome.failed() > 0) out << "\n";
  }
  if (strips) out << rules::kStripLegend << "\n\n";
  if (outcomes.size() > 1) out << passed << " passed, " << failed << " failed\n";
}

void print_coverage(const TestCoverage& coverage, std::ostream& out) {
  out << "\n" << coverage.size() << " triggers in the records tested\n";
  print_missing(coverage, "no test opens", &rules::Reach::opened, out);
  print_missing(coverage, "no test holds just short of opening", &rules::Reach::held, out);
}

std::string junit_xml(const std::vector<TestOutcome>& outcomes) {
  std::string body;
  std::size_t tests = 0, failures = 0, errors = 0;
  for (const TestOutcome& outcome : outcomes) {
    const std::string file = xml(outcome.loaded.file);
    const std::size_t failed = outcome.run ? outcome.failed() : 0;
    const std::size_t count = outcome.run ? outcome.run->checks.size() : 1;
    const std::size_t broken = outcome.run ? 0 : 1;
    tests += count;
    failures += failed;
    errors += broken;
    body += "  <testsuite name=\"" + file + "\" tests=\"" + std::to_string(count) +
            "\" failures=\"" + std::to_string(failed) + "\" errors=\"" + std::to_string(broken) +
            "\">\n";
    if (!outcome.run) {
      body += "    <testcase classname=\"" + file +
              "\" name=\"can be run\">\n      <error message=\"cannot be run\">" +
              xml(diagnostics_text(outcome.loaded)) + "</error>\n    </testcase>\n";
    }
    for (const auto& check :
         outcome.run ? outcome.run->checks : std::vector<rules::CheckResult>{}) {
      body += "    <testcase classname=\"" + file + "\" name=\"" + xml(check.name) + "\"";
      if (check.passed) {
        body += "/>\n";
        continue;
      }
      body += ">\n      <failure message=\"expected " + xml(check.expected) + ", got " +
              xml(check.got) + "\">" + xml(failure_text(outcome, check)) +
              "</failure>\n    </testcase>\n";
    }
    body += "  </testsuite>\n";
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"revisitd test\" tests=\"" +
         std::to_string(tests) + "\" failures=\"" + std::to_string(failures) + "\" errors=\"" +
         std::to_string(errors) + "\">\n" + body + "</testsuites>\n";
}

std::string outcomes_json(const std::vector<TestOutcome>& outcomes, const TestCoverage* coverage) {
  std::size_t passed = 0, failed = 0;
  Json files = Json::array();
  for (const TestOutcome& outcome : outcomes) {
    passed += outcome.passed();
    failed += outcome.failed();
    Json checks = Json::array(), diagnostics = Json::array();
    for (const auto& c : outcome.run ? outcome.run->checks : std::vector<rules::CheckResult>{}) {
      checks.push_back({{"name", c.name},
                        {"line", c.place.line},
                        {"column", c.place.column},
                        {"passed", c.passed},
                        {"expected", c.expected},
                        {"got", c.got}});
    }
    for (const Diagnostic& d : outcome.loaded.diagnostics) {
      diagnostics.push_back({{"file", d.file},
                             {"line", d.place.line},
                             {"column", d.place.column},
                             {"severity", d.severity == Severity::error ? "error" : "warning"},
                             {"message", d.message}});
    }
    files.push_back({{"file", outcome.loaded.file},
                     {"passed", outcome.passed()},
                     {"failed", outcome.failed()},
                     {"checks", checks},
                     {"diagnostics", diagnostics}});
  }
  Json json{{"passed", passed}, {"failed", failed}, {"files", files}};
  if (coverage != nullptr) {
    Json triggers = Json::array();
    for (const auto& [name, reach] : *coverage) {
      triggers.push_back({{"record", std::get<0>(name)},
                          {"service", std::get<1>(name)},
                          {"trigger", std::get<2>(name)},
                          {"opened", reach.opened},
                          {"held_short", reach.held}});
    }
    json["coverage"] = triggers;
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace revisitd::daemon::cli
