#include "rules/roster_decode.h"

#include <algorithm>
#include <set>

#include "rules/names.h"
#include "rules/roster_merge.h"
#include "rules/yaml_decode.h"

namespace revisitd::rules {
namespace {

constexpr std::size_t kLongestPerson = 128;
constexpr std::size_t kLongestEmail = 254;
constexpr long long kMostPeople = 100'000;
constexpr Duration kLeastValidity = std::chrono::minutes(1);
constexpr Duration kMostValidity = std::chrono::days(3'650);

void decode_languages(const YamlValue& value, Member& member) {
  for (const YamlValue& entry : value.entries()) {
    if (!is_language_name(entry.name())) {
      entry.findings().error(entry.key_place(),
                             in_quotes(entry.name()) + " is not " + std::string(kLanguageRule));
    }
    const auto level = entry.one_of<Fluency>({{"learning", Fluency::learning},
                                              {"shipped", Fluency::shipped},
                                              {"fluent", Fluency::fluent}});
    if (level) member.languages[entry.name()] = *level;
  }
}

void decode_emails(const YamlValue& value, Member& member) {
  for (const YamlValue& item : value.items()) {
    const auto text = item.text(kLongestEmail);
    if (!text) continue;
    const std::string email = lower_case(*text);
    if (!is_email(email)) item.error("expected an e-mail address such as `ana@a.example`");
    add_email(member, email);
  }
}

Member decode_member(const YamlValue& value) {
  Member member;
  YamlMap map(value);
  member.name = map.required("name").text(kLongestPerson).value_or("");
  decode_languages(map.optional("languages"), member);
  const YamlValue since = map.optional("since"), until = map.optional("until");
  // Programs that write JSON write null for what they do not have.
  if (since.filled()) member.since = since.time();
  if (until.filled()) member.until = until.time();
  if (member.since && member.until && *member.until < *member.since) {
    until.error("expected no day before `since`, " + format_date(*member.since));
  }
  decode_emails(map.optional("emails"), member);
  map.finish();
  return member;
}

Team decode_team(const YamlValue& value) {
  Team team;
  team.name = value.name();
  if (!is_name(team.name)) {
    value.findings().error(value.key_place(),
                           in_quotes(team.name) + " is not " + std::string(kNameRule));
  }
  YamlMap map(value);
  const YamlValue members = map.required("members");
  std::set<std::string> names;
  for (const YamlValue& item : members.items()) {
    Member member = decode_member(item);
    if (!member.name.empty() && !names.insert(member.name).second) {
      // Pages show this and may not show names: the place says who it is.
      item.error("a person is in the team twice");
    }
    team.members.push_back(std::move(member));
  }
  if (members.is_list() && team.members.empty()) {
    members.error("the team has nobody, expected at least one member");
  }
  map.finish();
  return team;
}

void decode(const YamlNode& document, Findings& findings, Roster& roster) {
  YamlMap map(YamlValue(document, "", findings));
  const YamlValue validity = map.optional("validity");
  roster.validity = validity.duration(kLeastValidity, kMostValidity).value_or(roster.validity);
  const YamlValue people = map.optional("people");
  const std::optional<long long> expected = people.integer(0, kMostPeople);
  const YamlValue teams = map.required("teams");
  long long entries = 0;
  for (const YamlValue& entry : teams.entries()) {
    Team team = decode_team(entry);
    entries += static_cast<long long>(team.members.size());
    roster.teams.emplace(team.name, std::move(team));
  }
  if (teams.is_map() && roster.teams.empty()) teams.error("expected at least one team");
  if (expected && *expected != entries) {
    people.error("the roster lists " + std::to_string(entries) + " and not " +
                 std::to_string(*expected) + ", so it is not complete");
  }
  map.finish();
}

}  // namespace

RosterReading decode_roster(std::string_view text, const std::string& file, TimePoint read_at,
                            Duration validity) {
  Findings findings(file, text);
  YamlOptions options;
  options.max_bytes = kRosterBytes;
  options.aliases = true;
  options.json = file.ends_with(".json") || without_bom(text).starts_with('{');
  Roster roster;
  roster.read_at = read_at;
  roster.source = file;
  roster.validity = validity;
  const std::vector<YamlNode> documents = parse_yaml(text, options, findings);
  if (!documents.empty()) {
    // JSON and flow maps close their braces; block YAML parses wherever it is cut off.
    if (!text.ends_with('\n') && !text.ends_with('}')) {
      findings.error(place_of(text, text.size()),
                     "the file ends within a line and was cut off, expected a line end");
    }
    decode(documents.front(), findings, roster);
  }
  RosterReading reading;
  reading.diagnostics = findings.list();
  if (findings.ok()) reading.roster = std::move(roster);
  return reading;
}

}  // namespace revisitd::rules
