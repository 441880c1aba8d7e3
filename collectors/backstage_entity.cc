#include "collectors/backstage_entity.h"

#include <algorithm>
#include <set>

#include "collectors/backstage_fields.h"
#include "rules/names.h"
#include "rules/roster_merge.h"
#include "rules/yaml.h"

namespace revisitd::collectors {
namespace {

using rules::Findings;
using rules::Member;
using rules::YamlNode;

constexpr std::size_t kMostValues = 1'000'000;

struct YamlTree {
  static const YamlNode* find(const YamlNode* node, std::string_view key) {
    return node == nullptr ? nullptr : node->find(key);
  }

  static std::string text(const YamlNode* node) {
    return node != nullptr && node->kind == YamlNode::Kind::scalar ? node->text : "";
  }

  static std::vector<std::string> texts(const YamlNode* node) {
    std::vector<std::string> texts;
    if (node == nullptr) return texts;
    for (const YamlNode& item : node->items) {
      if (item.kind == YamlNode::Kind::scalar) texts.push_back(item.text);
    }
    return texts;
  }

  static void each_text(const YamlNode* map, auto see) {
    if (map == nullptr) return;
    for (const auto& [key, place, value] : map->entries) {
      if (value.kind == YamlNode::Kind::scalar) see(std::string_view(key), value.text);
    }
  }
};

bool is_template(std::string_view text) {
  return text.find("{{") != std::string_view::npos || text.find("{%") != std::string_view::npos;
}

bool below_skeleton(std::string_view file) {
  return file.find("/skeleton/") != std::string_view::npos || file.starts_with("skeleton/") ||
         file.find("/skeletons/") != std::string_view::npos || file.starts_with("skeletons/");
}

std::optional<BackstageEntity> entity_of(const YamlNode& document, const std::string& file) {
  const std::string version = YamlTree::text(YamlTree::find(&document, "apiVersion"));
  if (!version.starts_with("backstage.io/")) return std::nullopt;
  auto entity = read_backstage_fields<YamlTree>(document);
  if (!entity) return std::nullopt;
  const YamlNode* name = YamlTree::find(YamlTree::find(&document, "metadata"), "name");
  entity->file = file;
  entity->place = name != nullptr ? name->place : document.place;
  return entity;
}

// "[KIND:][NAMESPACE/]NAME", whose case does not matter, as "namespace/name".
std::string reference(std::string_view text, const std::string& space) {
  if (const std::size_t colon = text.find(':'); colon != std::string_view::npos)
    text.remove_prefix(colon + 1);
  std::string full(text);
  if (text.find('/') == std::string_view::npos) full = space + "/" + full;
  return rules::lower_case(full);
}

std::string team_name(std::string_view group) {
  const std::size_t slash = group.find('/');
  const std::string_view space = group.substr(0, slash), name = group.substr(slash + 1);
  return space == "default" ? std::string(name) : std::string(space) + "." + std::string(name);
}

class CatalogueMaker {
 public:
  CatalogueMaker(const std::vector<BackstageEntity>& entities, std::vector<Diagnostic>& diagnostics)
      : entities_(entities), diagnostics_(diagnostics) {}

  BackstageCatalogue make() {
    for (const BackstageEntity& entity : entities_) {
      if (!rules::is_name(entity.name)) {
        warn(entity, entity.name.empty()
                         ? "a " + entity.kind + " without a name is left out"
                         : in_quotes(entity.name) + " is not " + std::string(rules::kNameRule) +
                               "; the " + entity.kind + " is left out");
        continue;
      }
      if (entity.kind == "User") add_user(entity);
      if (entity.kind == "Group") add_group(entity);
      if (entity.kind == "Component") add_component(entity);
    }
    for (const auto& [group, users] : teams_) put_on_team(group, users);
    // References ignore case and teams do not, so owners wait for all groups to be known.
    for (CataloguedService& service : catalogue_.services) {
      if (!service.owner.empty()) service.owner = name_of_team(service.owner);
    }
    for (const auto& [reference, user] : users_) {
      if (!placed_.contains(reference)) catalogue_.roster.elsewhere.push_back(user);
    }
    std::sort(catalogue_.services.begin(), catalogue_.services.end());
    return std::move(catalogue_);
  }

 private:
  // The API gives no place to point at, so the entity is named.
  void warn(const BackstageEntity& entity, std::string what) {
    if (entity.file.empty())
      what = entity.kind + " " + entity.space + "/" + entity.name + ": " + what;
    diagnostics_.push_back({entity.file, entity.place, std::move(what), "", Severity::warning});
  }

  void add_user(const BackstageEntity& entity) {
    const std::string self = reference(entity.name, entity.space);
    Member& user = users_[self];
    user.name = entity.name;
    if (const std::string email = rules::lower_case(entity.email); rules::is_email(email))
      rules::add_email(user, email);
    for (const auto& [what, said] : entity.remarks) read_remark(entity, what, said, user);
    for (const std::string& group : entity.member_of)
      teams_[reference(group, entity.space)].insert(self);
  }

  void read_remark(const BackstageEntity& entity, const std::string& what, const std::string& said,
                   Member& user) {
    if (what == "languages") return read_languages(entity, said, user);
    if (what == "emails") {
      for (const std::string& word : words(said, " ,;"))
        if (rules::is_email(word)) rules::add_email(user, rules::lower_case(word));
      return;
    }
    if (what != "since" && what != "until") return;
    const auto day = parse_time(said);
    if (!day) {
      return warn(entity, "`revisitd.io/" + what + "`: expected a day such as 2026-05-04, found " +
                              in_quotes(said));
    }
    (what == "since" ? user.since : user.until) = *day;
  }

  static std::vector<std::string> words(std::string_view text, const char* separators) {
    std::vector<std::string> all;
    while (!text.empty()) {
      const std::size_t end = std::min(text.find_first_of(separators), text.size());
      if (end > 0) all.emplace_back(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return all;
  }

  void read_languages(const BackstageEntity& entity, const std::string& said, Member& user) {
    for (const std::string& word : words(said, ", _;")) {
      std::size_t sign = word.find('=');
      if (sign == std::string::npos) sign = word.rfind('.');
      const std::string language = rules::lower_case(word.substr(0, sign));
      const auto level = sign == std::string::npos
                             ? std::nullopt
                             : rules::parse_fluency(rules::lower_case(word.substr(sign + 1)));
      if (!level || !rules::is_language_name(language)) {
        warn(entity, "`revisitd.io/languages`: expected entries such as `python=fluent`, found " +
                         in_quotes(word));
        continue;
      }
      user.languages[language] = *level;
    }
  }

  void add_group(const BackstageEntity& entity) {
    const std::string self = reference(entity.name, entity.space);
    names_[self] = entity.space == "default" ? entity.name : entity.space + "." + entity.name;
    for (const std::string& user : entity.members)
      teams_[self].insert(reference(user, entity.space));
  }

  void add_component(const BackstageEntity& entity) {
    if (entity.type != "service") return;
    catalogue_.services.push_back(
        {entity.name, entity.owner.empty() ? "" : reference(entity.owner, entity.space)});
  }

  [[nodiscard]] std::string name_of_team(const std::string& group) const {
    const auto named = names_.find(group);
    return named != names_.end() ? named->second : team_name(group);
  }

  void put_on_team(const std::string& group, const std::set<std::string>& users) {
    const std::string name = name_of_team(group);
    if (!rules::is_name(name) || users.empty()) return;
    rules::Team& team = catalogue_.roster.teams[name];
    team.name = name;
    for (const std::string& reference : users) {
      placed_.insert(reference);
      const auto user = users_.find(reference);
      if (user != users_.end()) {
        team.members.push_back(user->second);
      } else {
        team.members.emplace_back();
        team.members.back().name = reference.substr(reference.find('/') + 1);
      }
    }
  }

  const std::vector<BackstageEntity>& entities_;
  std::vector<Diagnostic>& diagnostics_;
  BackstageCatalogue catalogue_;
  std::map<std::string, Member> users_;                 // by reference
  std::map<std::string, std::string> names_;            // of groups, as they are written
  std::map<std::string, std::set<std::string>> teams_;  // group -> users, references
  std::set<std::string> placed_;
};

}  // namespace

std::vector<BackstageEntity> read_backstage_file(std::string_view text, const std::string& file,
                                                 std::vector<Diagnostic>& diagnostics) {
  std::vector<BackstageEntity> entities;
  const auto skipped = [&] {
    diagnostics.push_back({file, {}, "is a template and was skipped", "", Severity::warning});
    return std::vector<BackstageEntity>{};
  };
  if (below_skeleton(file)) return skipped();
  Findings findings(file, text);
  rules::YamlOptions options;
  options.max_bytes = rules::kRosterBytes;
  options.max_nodes = kMostValues;
  options.aliases = true;
  options.documents = true;
  const std::vector<YamlNode> documents = rules::parse_yaml(text, options, findings);
  if (!findings.ok()) {
    if (is_template(text)) return skipped();
    for (Diagnostic& d : findings.list()) diagnostics.push_back(std::move(d));
    return entities;
  }
  for (const YamlNode& document : documents) {
    auto entity = entity_of(document, file);
    if (!entity) continue;
    if (is_template(entity->name)) {
      diagnostics.push_back({file, entity->place,
                             "the " + entity->kind + " is a template and was skipped", "",
                             Severity::warning});
      continue;
    }
    entities.push_back(*std::move(entity));
  }
  return entities;
}

BackstageCatalogue make_catalogue(const std::vector<BackstageEntity>& entities,
                                  std::vector<Diagnostic>& diagnostics) {
  return CatalogueMaker(entities, diagnostics).make();
}

}  // namespace revisitd::collectors
