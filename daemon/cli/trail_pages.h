#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

// The trail as pages for people, from what the API answers. Pure.
namespace revisitd::daemon::cli {

// Rows of /api/v1/trail, newest first, as Markdown: a heading per day, oldest day first, a line per
// event with who, what and why, and under it the evidence of a revisit's triggers and what the
// decision rerun said.
std::string trail_markdown(const nlohmann::ordered_json& rows);

// One service as a candidate or a new hire wants to know it.
struct StackEntry {
  std::string team, service, language, runtime, title, record, workload;
  std::string running;                  // what runs instead, "python 3.9.2"; "" without drift
  std::string decided;                  // date
  std::vector<std::string> budgets;     // "latency_p99 100ms"
  std::vector<std::string> conditions;  // "latency_p99 > 100ms in 95% of 7d: WHY"
  std::string examined;          // date of the last conclusion, "" = not since it was decided
  std::string outcome, by, why;  // of it
  std::string review;            // date of the next review, "" = none
  std::string revisit;           // state of the unfinished revisit, "" = none
};
// From /api/v1/decisions and the concluded ones of /api/v1/revisits; by team, then service.
std::vector<StackEntry> stack_of(const nlohmann::ordered_json& decisions,
                                 const nlohmann::ordered_json& concluded);
std::string stack_markdown(const std::vector<StackEntry>& stack);
nlohmann::ordered_json stack_json(const std::vector<StackEntry>& stack);

}  // namespace revisitd::daemon::cli
