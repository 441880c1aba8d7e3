#include <iostream>

#include "daemon/cli/api_client.h"
#include "daemon/cli/commands.h"
#include "rules/quantity.h"

// The decision rerun, for people.
namespace revisitd::daemon::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string amount(const Json& json, const char* key, Unit unit) {
  const auto found = json.find(key);
  return found != json.end() && found->is_number() ? format_quantity(found->get<double>(), unit)
                                                   : std::string("–");
}

std::string moved_line(const Json& moved) {
  const auto unit = parse_unit(text_of(moved, "unit"));
  const Unit known = unit ? *unit : Unit::number;
  return "  " + text_of(moved, "input") + "  " + amount(moved, "then", known) + " → " +
         amount(moved, "now", known) + "\n";
}

std::string language_lines(const std::string& language, const Json& scored) {
  std::string text = "\n" + language + "  " + amount(scored, "score", Unit::number) + "\n";
  for (const Json& c : scored.value("criteria", Json::array())) {
    text += "  " + text_of(c, "name") + "  " + amount(c, "score", Unit::number) + " × " +
            amount(c, "weight", Unit::ratio) + "  " + text_of(c, "why") + "\n";
  }
  return text;
}

std::string assessment_text(const Json& a) {
  std::string text =
      text_of(a, "summary") + " (confidence " + amount(a, "confidence", Unit::ratio) + ")\n";
  for (const Json& entry : a.value("gate", Json::array())) {
    text += "behind the fluency gate: " + text_of(entry, "language") + ": " +
            text_of(entry, "why") + "\n";
  }
  const Json languages = a.value("languages", Json::object());
  for (const auto& [language, scored] : languages.items()) {
    text += language_lines(language, scored);
  }
  const Json moved = a.value("moved", Json::array());
  if (!moved.empty()) text += "\nmoved since the decision:\n";
  for (const Json& m : moved) text += moved_line(m);
  std::string missing;
  for (const Json& name : a.value("missing", Json::array())) {
    if (name.is_string()) missing += (missing.empty() ? " " : ", ") + name.get<std::string>();
  }
  if (!missing.empty()) text += "\nnot known, and counted for nobody:" + missing + "\n";
  text.pop_back();
  return text;
}

}  // namespace

int assess(const ClientOptions& options, const std::string& service) {
  const auto a = get_data(options, "/api/v1/decisions/" + escape_part(service) + "/assessment");
  if (!a) return complain(a.error().message);
  if (options.json) {
    std::cout << a->dump(2) << "\n";
    return kGood;
  }
  print_lines(assessment_text(*a));
  return kGood;
}

}  // namespace revisitd::daemon::cli
