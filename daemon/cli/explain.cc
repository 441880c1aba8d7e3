#include <algorithm>
#include <iostream>
#include <utility>

#include "daemon/cli/api_client.h"
#include "daemon/cli/commands.h"
#include "rules/diagnostic.h"

namespace revisitd::daemon::cli {
namespace {

// The lines as the daemon wrote them; what a record put into them cannot reach the terminal raw.
void print_lines(const std::string& text) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::cout << printable(text.substr(begin, end - begin)) << "\n";
    begin = end + 1;
  }
}

}  // namespace

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
