#include <iostream>
#include <utility>

#include "daemon/cli/api_client.h"
#include "daemon/cli/commands.h"

namespace revisitd::daemon::cli {

int explain(const ClientOptions& options, const std::string& service, const std::string& trigger) {
  std::string path = "/api/v1/decisions/" + escape_part(service) + "/explain";
  if (!trigger.empty()) path += "?trigger=" + escape_part(trigger);
  const auto explanations = get_data(options, path);
  if (!explanations) return complain(explanations.error().message);
  if (options.json) {
    std::cout << explanations->dump(2) << "\n";
    return kGood;
  }
  if (explanations->empty()) std::cout << "the decision of " << service << " has no triggers\n";
  bool first = true;
  for (const auto& explanation : *explanations) {
    if (!std::exchange(first, false)) std::cout << "\n";
    print_lines(explanation.value("text", ""));
  }
  return kGood;
}

}  // namespace revisitd::daemon::cli
