#include "daemon/cli/trail_pages.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <tuple>

#include "rules/markdown_text.h"
#include "rules/quantity.h"

namespace revisitd::daemon::cli {
namespace {

using Json = nlohmann::ordered_json;
using rules::code;
using rules::prose;
using rules::title_of;

std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string quantity_text(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_number()) return "?";
  const auto unit = parse_unit(text_of(json, "unit"));
  return format_quantity(found->get<double>(), unit ? *unit : Unit::number);
}

const Json* object_in(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_object() ? &*found : nullptr;
}

std::string day_of(const std::string& time) { return time.substr(0, 10); }

std::string evidence_lines(const Json& revisit) {
  std::string text;
  for (const Json& t : revisit.value("triggers", Json::array())) {
    text += "  * " + prose(text_of(t, "name")) + ": " + code(text_of(t, "condition")) + ", " +
            prose(text_of(t, "reading"));
    if (t.contains("share") && t.at("share").is_number()) {
      text += ", in breach for " + format_quantity(t.at("share").get<double>(), Unit::ratio) +
              " of " + text_of(t, "window");
    }
    text += "\n";
  }
  if (const Json* assessment = object_in(revisit, "assessment")) {
    text += "  * the decision rerun: " + prose(text_of(*assessment, "summary")) + "\n";
  }
  return text;
}

bool shows_evidence(const std::string& type) {
  return type == "revisit.opened" || type == "revisit.worsened" || type == "revisit.reopened" ||
         type == "revisit.concluded";
}

std::string event_line(const Json& row) {
  const std::string type = text_of(row, "type");
  std::string line = "* " + text_of(row, "time").substr(11, 5) + " " + code(type);
  for (const char* key : {"service", "trigger", "verdict"}) {
    if (const std::string word = text_of(row, key); !word.empty()) line += " " + prose(word);
  }
  if (const std::string by = text_of(row, "by"); !by.empty() && by != "revisitd") {
    line += ", by " + prose(by);
  }
  if (const Json* revisit = object_in(row, "revisit");
      revisit != nullptr && type == "revisit.concluded") {
    if (const Json* end = object_in(*revisit, "conclusion")) {
      line += ", as " + prose(text_of(*end, "outcome"));
    }
  }
  if (const std::string why = text_of(row, "why"); !why.empty()) line += ": " + prose(why);
  line += "\n";
  const Json* revisit = object_in(row, "revisit");
  if (revisit != nullptr && shows_evidence(type)) line += evidence_lines(*revisit);
  return line;
}

StackEntry entry_of(const Json& d) {
  StackEntry e;
  e.team = text_of(d, "team");
  e.service = text_of(d, "service");
  e.language = text_of(d, "language");
  e.runtime = text_of(d, "runtime");
  if (const Json* running = object_in(d, "running"); running != nullptr) {
    if (e.runtime.empty()) e.runtime = text_of(*running, e.language.c_str());
    if (const auto drift = d.find("drift"); drift != d.end() && *drift == true) {
      for (const auto& [language, version] : running->items()) {
        e.running += (e.running.empty() ? "" : ", ") + language;
        if (version.is_string() && version != "") e.running += " " + version.get<std::string>();
      }
    }
  }
  e.title = text_of(d, "title");
  e.record = text_of(d, "record");
  e.workload = text_of(d, "workload");
  e.decided = text_of(d, "date");
  e.review = text_of(d, "review_date");
  if (const Json* envelope = object_in(d, "envelope")) {
    for (const auto& [signal, budget] : envelope->items()) {
      e.budgets.push_back(signal + " " + quantity_text(budget, "budget"));
    }
  }
  for (const Json& t : d.value("triggers", Json::array())) {
    std::string line =
        code(text_of(t, "condition")) + " in " + text_of(t, "trip") + " of " + text_of(t, "window");
    if (const std::string why = text_of(t, "why"); !why.empty()) line += ": " + prose(why);
    e.conditions.push_back(std::move(line));
  }
  if (const Json* revisit = object_in(d, "revisit")) e.revisit = text_of(*revisit, "state");
  return e;
}

std::string entry_markdown(const StackEntry& e) {
  std::string text = "### " + prose(e.service) + ": " + title_of(e.language) +
                     (e.runtime.empty() ? "" : " " + prose(e.runtime)) + "\n\n" + prose(e.title) +
                     ". Decided " + e.decided + (e.record.empty() ? "" : ", " + code(e.record)) +
                     ".\n";
  if (!e.running.empty()) text += "**What runs is " + prose(e.running) + ".**\n";
  if (!e.workload.empty()) text += "Its work is " + prose(e.workload) + ".\n";
  if (!e.budgets.empty()) {
    text += "It has to stay within ";
    for (std::size_t i = 0; i < e.budgets.size(); ++i) {
      text += (i == 0 ? "" : ", ") + prose(e.budgets[i]);
    }
    text += ".\n";
  }
  if (e.examined.empty()) {
    text += "Not re-examined since it was decided.\n";
  } else {
    text += "Last re-examined " + e.examined + ": " + prose(e.outcome) + " by " + prose(e.by) +
            (e.why.empty() ? "" : ", " + prose(e.why)) + ".\n";
  }
  if (!e.revisit.empty()) text += "**A revisit is " + prose(e.revisit) + ".**\n";
  if (!e.review.empty()) text += "Next review " + e.review + ".\n";
  if (!e.conditions.empty()) text += "\nIt would be decided anew if\n\n";
  for (const std::string& condition : e.conditions) text += "* " + condition + "\n";
  return text + "\n";
}

}  // namespace

std::string trail_markdown(const Json& rows) {
  std::string text = "# Trail\n";
  std::string day;
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    const std::string time = text_of(*row, "time");
    if (time.size() < 16) continue;
    if (day_of(time) != day) {
      day = day_of(time);
      text += "\n## " + day + "\n\n";
    }
    text += event_line(*row);
  }
  return text;
}

std::vector<StackEntry> stack_of(const Json& decisions, const Json& concluded) {
  std::map<std::string, const Json*> newest;  // by service
  std::map<std::string, std::string> at;
  for (const Json& revisit : concluded) {
    const Json* end = object_in(revisit, "conclusion");
    if (end == nullptr) continue;
    const std::string service = text_of(revisit, "service");
    // RFC 3339 in UTC sorts as text.
    if (at[service] > text_of(*end, "at")) continue;
    at[service] = text_of(*end, "at");
    newest[service] = end;
  }
  std::vector<StackEntry> stack;
  for (const Json& d : decisions) {
    StackEntry e = entry_of(d);
    if (const auto end = newest.find(e.service); end != newest.end()) {
      e.examined = day_of(text_of(*end->second, "at"));
      e.outcome = text_of(*end->second, "outcome");
      e.by = text_of(*end->second, "by");
      e.why = text_of(*end->second, "why");
    }
    stack.push_back(std::move(e));
  }
  std::sort(stack.begin(), stack.end(), [](const StackEntry& a, const StackEntry& b) {
    return std::tie(a.team, a.service) < std::tie(b.team, b.service);
  });
  return stack;
}

std::string stack_markdown(const std::vector<StackEntry>& stack) {
  std::string text = "# What we run, and why\n";
  if (stack.empty()) text += "\nNo decision is in force.\n";
  for (std::size_t i = 0; i < stack.size(); ++i) {
    if (i == 0 || stack[i].team != stack[i - 1].team) {
      std::map<std::string, int> languages;
      for (std::size_t j = i; j < stack.size() && stack[j].team == stack[i].team; ++j) {
        ++languages[stack[j].language];
      }
      text += "\n## " + (stack[i].team.empty() ? "No team" : prose(stack[i].team)) + "\n\n";
      std::string line;
      for (const auto& [language, n] : languages) {
        line += (line.empty() ? "" : ", ") + title_of(language) + " for " + std::to_string(n) +
                (n == 1 ? " service" : " services");
      }
      text += line + ".\n\n";
    }
    text += entry_markdown(stack[i]);
  }
  return text;
}

Json stack_json(const std::vector<StackEntry>& stack) {
  Json all = Json::array();
  const auto or_null = [](const std::string& text) {
    return text.empty() ? Json(nullptr) : Json(text);
  };
  for (const StackEntry& e : stack) {
    all.push_back({{"team", e.team},
                   {"service", e.service},
                   {"language", e.language},
                   {"runtime", or_null(e.runtime)},
                   {"running", or_null(e.running)},
                   {"title", e.title},
                   {"record", e.record},
                   {"workload", or_null(e.workload)},
                   {"decided", e.decided},
                   {"budgets", e.budgets},
                   {"conditions", e.conditions},
                   {"examined", or_null(e.examined)},
                   {"outcome", or_null(e.outcome)},
                   {"by", or_null(e.by)},
                   {"why", or_null(e.why)},
                   {"review", or_null(e.review)},
                   {"revisit", or_null(e.revisit)}});
  }
  return all;
}

}  // namespace revisitd::daemon::cli
