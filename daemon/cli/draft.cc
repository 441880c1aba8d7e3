#include <unistd.h>

#include <iostream>

#include "daemon/cli/api_client.h"
#include "daemon/cli/commands.h"
#include "rules/diagnostic.h"

// What now: drafts of new records, and advice for services to come.
namespace revisitd::daemon::cli {

int draft(const ClientOptions& options, const std::string& service) {
  const auto draft = get_data(options, "/api/v1/decisions/" + escape_part(service) + "/draft");
  if (!draft) return complain(draft.error().message);
  if (options.json) {
    std::cout << draft->dump(2) << "\n";
    return kGood;
  }
  print_lines(draft->value("markdown", ""));
  // Not into the file that the draft may be going to.
  if (::isatty(STDOUT_FILENO) != 0) {
    std::cerr << "\nSave it beside the old record as " << printable(draft->value("file", ""))
              << " and fill in what is marked TO DECIDE.\n";
  }
  return kGood;
}

int advise(const ClientOptions& options, const AdviseOptions& asked) {
  std::string path = "/api/v1/advise?workload=" + escape_part(asked.workload);
  const auto add = [&path](const std::string& name, const std::string& value) {
    if (!value.empty()) path += "&" + escape_part(name) + "=" + escape_part(value);
  };
  add("team", asked.team);
  add("languages", asked.languages);
  add("latency_p99", asked.latency_p99);
  add("rps", asked.rps);
  add("memory", asked.memory);
  add("cold_start", asked.cold_start);
  add("containers_per_node", asked.containers_per_node);
  add("cost", asked.cost);
  for (const std::string& budget : asked.budgets) {
    const std::size_t at = budget.find('=');
    if (at == std::string::npos || at == 0) {
      return complain("--budget: expected SIGNAL=VALUE, found " + printable(budget));
    }
    add(budget.substr(0, at), budget.substr(at + 1));
  }
  const auto advice = get_data(options, path);
  if (!advice) return complain(advice.error().message);
  if (options.json) {
    std::cout << advice->dump(2) << "\n";
    return kGood;
  }
  print_lines(advice->value("text", ""));
  return kGood;
}

}  // namespace revisitd::daemon::cli
