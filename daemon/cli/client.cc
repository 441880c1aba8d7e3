#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "daemon/cli/api_client.h"
#include "daemon/cli/commands.h"
#include "daemon/cli/table.h"
#include "rules/quantity.h"

// Commands that talk to a running daemon through its API.
namespace revisitd::daemon::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string percent_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_number()) return "-";
  return format_quantity(found->get<double>(), Unit::ratio);
}

std::string quantity_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_number()) return "-";
  const auto unit = parse_unit(text_of(json, "unit"));
  return format_quantity(found->get<double>(), unit ? *unit : Unit::number);
}

void print_decisions(const Json& decisions) {
  Table table({"SERVICE", "TEAM", "LANGUAGE", "TRIGGER", "VERDICT", "SHARE", "COVERAGE", "WINDOW",
               "VALUE", "REVISIT"});
  for (const Json& d : decisions) {
    const Json revisit = d.value("revisit", Json());
    const std::string state = revisit.is_object() ? text_of(revisit, "state") : "-";
    const std::vector<std::string> who = {text_of(d, "service"), text_of(d, "team"),
                                          text_of(d, "language")};
    if (d.at("triggers").empty())
      table.add({who[0], who[1], who[2], "-", "-", "-", "-", "-", "-", state});
    for (const Json& t : d.at("triggers")) {
      table.add({who[0], who[1], who[2], text_of(t, "name"), text_of(t, "verdict"),
                 percent_of(t, "share"), percent_of(t, "coverage"), text_of(t, "window"),
                 quantity_of(t, "value"), state});
    }
  }
  table.print(std::cout);
}

int say(const ClientOptions& options, const WordOptions& word, const std::string& verb,
        const Json& body) {
  const auto data =
      post_data(options, "/api/v1/revisits/" + escape_part(word.target) + "/" + verb, body);
  if (!data) return complain(data.error().message);
  if (options.json) {
    std::cout << data->dump(2) << "\n";
  } else {
    std::cout << text_of(*data, "revisit") << " is " << text_of(*data, "state") << "\n";
  }
  return kGood;
}

}  // namespace

int check_ready(const ClientOptions& options, bool ready) {
  const auto response = ask(options, "GET", ready ? "/-/ready" : "/-/healthy", "");
  if (!response) return complain(response.error().message);
  std::string body = response->body;
  while (body.ends_with('\n')) body.pop_back();
  if (options.json) {
    std::cout << Json{{"status", response->status}, {"text", body}}.dump() << "\n";
  } else {
    (response->status == 200 ? std::cout : std::cerr) << body << "\n";
  }
  return response->status == 200 ? kGood : kBad;
}

int status(const ClientOptions& options) {
  const auto summary = get_data(options, "/api/v1/status");
  if (!summary) return complain(summary.error().message);
  const auto decisions = get_data(options, "/api/v1/decisions");
  if (!decisions) return complain(decisions.error().message);
  if (options.json) {
    std::cout << Json{{"status", *summary}, {"decisions", *decisions}}.dump(2) << "\n";
    return kGood;
  }
  const bool ready = summary->value("ready", false);
  std::cout << "revisitd " << text_of(*summary, "version") << (ready ? ", ready" : ", NOT READY")
            << "\n";
  for (const Json& reason : summary->value("reasons", Json::array())) {
    std::cout << "  " << reason.get<std::string>() << "\n";
  }
  const Json records = summary->value("records", Json::object());
  const Json deliveries = summary->value("deliveries", Json::object());
  std::cout << "records: " << text_of(records, "in_force") << " in force, "
            << text_of(records, "errors")
            << " errors; deliveries: " << text_of(deliveries, "pending") << " pending, "
            << text_of(deliveries, "dead") << " dead\n\n";
  print_decisions(*decisions);
  return kGood;
}

int confirm(const ClientOptions& options, const WordOptions& word) {
  const auto data =
      post_data(options, "/api/v1/roster/confirm", {{"by", word.by}, {"why", word.why}});
  if (!data) return complain(data.error().message);
  if (options.json) {
    std::cout << data->dump(2) << "\n";
    return kGood;
  }
  for (const Json& source : data->value("sources", Json::array()))
    std::cout << source.get<std::string>() << " is believed\n";
  return kGood;
}

int acknowledge(const ClientOptions& options, const WordOptions& word) {
  return say(options, word, "acknowledge", {{"by", word.by}, {"why", word.why}});
}

int snooze(const ClientOptions& options, const WordOptions& word) {
  Json body{{"by", word.by}, {"why", word.why}};
  body[parse_duration(word.until) ? "for" : "until"] = word.until;
  if (!word.worsens_by.empty()) body["worsens_by"] = word.worsens_by;
  return say(options, word, "snooze", body);
}

int conclude(const ClientOptions& options, const WordOptions& word) {
  return say(options, word, "conclude",
             {{"by", word.by}, {"why", word.why}, {"outcome", word.outcome}});
}

}  // namespace revisitd::daemon::cli
