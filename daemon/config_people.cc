#include <set>

#include "daemon/config_decode.h"

// Where people come from.
namespace revisitd::daemon {
namespace {

using rules::YamlMap;
using rules::YamlValue;

constexpr Duration kSecond = std::chrono::seconds(1);
constexpr Duration kDay = std::chrono::hours(24);
constexpr Duration kYear = 365 * kDay;

std::vector<RosterEndpoint> decode_endpoints(const YamlValue& list, const std::string& directory,
                                             std::set<std::string>& known) {
  std::vector<RosterEndpoint> all;
  for (const YamlValue& item : list.items()) {
    RosterEndpoint endpoint;
    YamlMap map(item);
    const YamlValue url = map.required("url");
    endpoint.url = decode_url(url).value_or("");
    if (!endpoint.url.empty() && !known.insert(endpoint.url).second)
      url.error("stands in the roster twice");
    endpoint.refresh_interval = map.optional("refresh_interval")
                                    .duration(kSecond, kDay)
                                    .value_or(endpoint.refresh_interval);
    endpoint.timeout = map.optional("timeout").duration(kSecond, kDay).value_or(endpoint.timeout);
    endpoint.http = decode_http_peer(map, directory);
    map.finish();
    all.push_back(std::move(endpoint));
  }
  return all;
}

std::vector<std::string> decode_paths(const YamlValue& list, const std::string& directory,
                                      std::set<std::string>& known) {
  std::vector<std::string> files = decode_files(list, directory);
  std::size_t i = 0;
  for (const YamlValue& item : list.items()) {
    if (i == files.size()) break;
    if (!known.insert(files[i++]).second) item.error("stands in the roster twice");
  }
  return files;
}

GitRepositoryConfig decode_repository(const YamlValue& value, const std::string& directory) {
  GitRepositoryConfig repository;
  if (value.is_scalar()) {
    repository.path = resolve_path(directory, value.text(4096).value_or(""));
    return repository;
  }
  YamlMap map(value);
  repository.path = resolve_path(directory, map.required("path").text(4096).value_or(""));
  repository.service = map.optional("service").name_text().value_or("");
  repository.team = map.optional("team").name_text().value_or("");
  map.finish();
  return repository;
}

}  // namespace

std::vector<std::string> decode_files(const YamlValue& value, const std::string& directory) {
  std::vector<std::string> files;
  for (const YamlValue& item : value.items()) {
    if (const auto file = item.text(4096)) files.push_back(resolve_path(directory, *file));
  }
  return files;
}

RosterConfig decode_roster(const YamlValue& value, const std::string& directory) {
  RosterConfig roster;
  YamlMap map(value);
  if (!map.given()) return roster;
  std::set<std::string> known;
  roster.files = decode_paths(map.optional("files"), directory, known);
  roster.http = decode_endpoints(map.optional("http"), directory, known);
  roster.csv = decode_paths(map.optional("csv"), directory, known);
  roster.backstage = decode_paths(map.optional("backstage"), directory, known);
  roster.backstage_api = decode_endpoints(map.optional("backstage_api"), directory, known);
  roster.validity = map.optional("validity").duration(kSecond, kYear).value_or(roster.validity);
  roster.poll_interval =
      map.optional("poll_interval").duration(kSecond, kDay).value_or(roster.poll_interval);
  roster.show_names = map.optional("show_names").boolean().value_or(false);
  map.finish();
  const bool named = map.has("files") || map.has("http") || map.has("csv") ||
                     map.has("backstage") || map.has("backstage_api");
  if (!named) {
    value.error(
        "names no source of people, expected `files`, `http`, `csv`, `backstage` or "
        "`backstage_api`");
  }
  return roster;
}

GitConfig decode_git(const YamlValue& value, const std::string& directory) {
  GitConfig git;
  YamlMap map(value);
  if (!map.given()) return git;
  std::set<std::string> known;
  const YamlValue repositories = map.required("repositories");
  for (const YamlValue& item : repositories.items()) {
    GitRepositoryConfig repository = decode_repository(item, directory);
    if (!repository.path.empty() && !known.insert(repository.path).second)
      item.error("the repository stands there twice");
    git.repositories.push_back(std::move(repository));
  }
  if (repositories.is_list() && git.repositories.empty())
    repositories.error("expected at least one repository");
  git.window = map.optional("window").duration(kDay, 20 * kYear).value_or(git.window);
  git.min_commits =
      static_cast<int>(map.optional("min_commits").integer(1, 100'000).value_or(git.min_commits));
  git.refresh_interval =
      map.optional("refresh_interval").duration(kSecond, 7 * kDay).value_or(git.refresh_interval);
  git.validity = map.optional("validity").duration(kSecond, kYear).value_or(git.validity);
  git.ignore_authors = map.optional("ignore_authors").texts();
  map.finish();
  return git;
}

}  // namespace revisitd::daemon
