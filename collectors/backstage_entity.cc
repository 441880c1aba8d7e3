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

  static void each(const YamlNode* list, auto see) {
    if (list == nullptr) return;
    for (const YamlNode& item : list->items) see(item);
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

constexpr std::size_t kMostRemarks = 100;  // about entities, each of which is told to people

// A document is an entity, or what the API answers: a list of them, or one under `items`.
void each_entity(const std::vector<YamlNode>& documents, auto see) {
  for (const YamlNode& document : documents) {
    const YamlNode* items = YamlTree::find(&document, "items");
    if (document.kind == YamlNode::Kind::list) items = &document;
    if (items == nullptr) see(document);
    YamlTree::each(items, see);
  }
}

// "[KIND:][NAMESPACE/]NAME", whose case does not matter.
struct Reference {
  std::string kind;
  std::string full;  // "namespace/name"
};

Reference reference(std::string_view text, const char* kind, const std::string& space) {
  Reference read{kind, ""};
  if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    read.kind = rules::lower_case(text.substr(0, colon));
    text.remove_prefix(colon + 1);
  }
  read.full = std::string(text);
  if (text.find('/') == std::string_view::npos) read.full = space + "/" + read.full;
  read.full = rules::lower_case(read.full);
  return read;
}

std::string self_of(const BackstageEntity& entity) {
  return rules::lower_case(entity.space + "/" + entity.name);
}

// What a team or a service is called.
std::string qualified(std::string_view space, std::string_view name) {
  if (rules::lower_case(space) == "default") return std::string(name);
  return std::string(space) + "." + std::string(name);
}

std::string qualified(std::string_view reference) {
  const std::size_t slash = reference.find('/');
  return qualified(reference.substr(0, slash), reference.substr(slash + 1));
}

class CatalogueMaker {
 public:
  CatalogueMaker(const std::vector<BackstageEntity>& entities, std::vector<Diagnostic>& diagnostics)
      : entities_(entities), diagnostics_(diagnostics) {}

  BackstageCatalogue make() {
    std::vector<const BackstageEntity*> users, components;
    for (const BackstageEntity& entity : entities_) {
      if (!rules::is_name(entity.name)) {
        warn(entity, entity.name.empty()
                         ? "a " + entity.kind + " without a name is left out"
                         : in_quotes(entity.name) + " is not " + std::string(rules::kNameRule) +
                               "; the " + entity.kind + " is left out");
        continue;
      }
      if (entity.kind == "Group") add_group(entity);
      if (entity.kind == "User") users.push_back(&entity);
      if (entity.kind == "Component") components.push_back(&entity);
    }
    // What refers to others waits for them.
    for (const BackstageEntity* user : users) add_user(*user);
    for (const BackstageEntity* component : components) add_component(*component);
    for (const auto& [group, members] : teams_) put_on_team(group, members);
    for (const auto& [reference, user] : users_) {
      if (!placed_.contains(reference)) catalogue_.roster.elsewhere.push_back(user);
    }
    for (const auto& [name, owner] : services_) catalogue_.services.push_back({name, owner});
    if (remarks_ > kMostRemarks) {
      diagnostics_.push_back({entities_.front().file,
                              {},
                              std::to_string(remarks_ - kMostRemarks) + " more such remarks",
                              "",
                              Severity::warning});
    }
    return std::move(catalogue_);
  }

 private:
  // The API gives no place to point at, so the entity is named.
  void warn(const BackstageEntity& entity, std::string what) {
    if (++remarks_ > kMostRemarks) return;
    if (entity.file.empty())
      what = entity.kind + " " + entity.space + "/" + entity.name + ": " + what;
    diagnostics_.push_back({entity.file, entity.place, std::move(what), "", Severity::warning});
  }

  void add_user(const BackstageEntity& entity) {
    const std::string self = self_of(entity);
    Member& user = users_[self];
    user.name = entity.name;
    if (const std::string email = rules::lower_case(entity.email); rules::is_email(email))
      rules::add_email(user, email);
    for (const auto& [what, said] : entity.remarks) read_remark(entity, what, said, user);
    std::set<std::string> seen;  // relations say again what the user says
    for (const std::string& text : entity.member_of) {
      const Reference group = reference(text, "group", entity.space);
      if (!seen.insert(group.kind + ":" + group.full).second) continue;
      if (group.kind == "group" && groups_.contains(group.full)) {
        teams_[group.full].insert(self);
      } else {
        warn(entity, "the group " + in_quotes(text) +
                         " of `memberOf` is not in the catalogue, so it is no team");
      }
    }
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
    const std::string self = self_of(entity);
    groups_[self] = qualified(entity.space, entity.name);
    for (const std::string& user : entity.members)
      teams_[self].insert(reference(user, "user", entity.space).full);
  }

  void add_component(const BackstageEntity& entity) {
    if (rules::lower_case(entity.type) != "service") return;
    std::string name = qualified(entity.space, entity.name);
    if (const auto said = entity.remarks.find("service"); said != entity.remarks.end()) {
      if (rules::is_name(said->second)) {
        name = said->second;
      } else {
        warn(entity, "`revisitd.io/service`: expected " + std::string(rules::kNameRule));
      }
    }
    const auto [first, added] = services_.try_emplace(name);
    if (!added)
      return warn(entity, "another component is the service " + in_quotes(name) + ", too");
    first->second = owner_of(entity);
  }

  // The team: of a person the only one, of several or none nobody's.
  std::string owner_of(const BackstageEntity& entity) {
    if (entity.owner.empty()) return "";
    const Reference owner = reference(entity.owner, "group", entity.space);
    if (owner.kind == "group") {
      const auto named = groups_.find(owner.full);
      return named != groups_.end() ? named->second : qualified(owner.full);
    }
    std::vector<std::string> teams;
    for (const auto& [group, users] : teams_) {
      if (owner.kind == "user" && users.contains(owner.full)) teams.push_back(groups_.at(group));
    }
    if (teams.size() == 1) return teams.front();
    // Pages may show this and may not show names.
    warn(entity, owner.kind != "user"
                     ? "its owner is neither a group nor a user: no team is taken for it"
                 : teams.empty() ? "its owner is a user of no team: no team is taken for it"
                                 : "its owner is a user on " + std::to_string(teams.size()) +
                                       " teams: none is taken for it");
    return "";
  }

  void put_on_team(const std::string& group, const std::set<std::string>& users) {
    const std::string& name = groups_.at(group);
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
  std::size_t remarks_ = 0;
  BackstageCatalogue catalogue_;
  std::map<std::string, Member> users_;                 // by reference
  std::map<std::string, std::string> groups_;           // the names of their teams, by reference
  std::map<std::string, std::set<std::string>> teams_;  // group -> users, references
  std::map<std::string, std::string> services_;         // -> owners
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
  const std::string_view front = rules::without_bom(text);
  const std::size_t first = front.find_first_not_of(" \t\r\n");
  options.json = first != std::string_view::npos && (front[first] == '{' || front[first] == '[');
  const std::vector<YamlNode> documents = rules::parse_yaml(text, options, findings);
  if (!findings.ok()) {
    if (is_template(text)) return skipped();
    for (Diagnostic& d : findings.list()) diagnostics.push_back(std::move(d));
    return entities;
  }
  each_entity(documents, [&](const YamlNode& node) {
    auto entity = entity_of(node, file);
    if (!entity) return;
    if (is_template(entity->name)) {
      diagnostics.push_back({file, entity->place,
                             "the " + entity->kind + " is a template and was skipped", "",
                             Severity::warning});
      return;
    }
    entities.push_back(*std::move(entity));
  });
  return entities;
}

bool is_backstage_text(std::string_view text) {
  constexpr std::string_view kKey = "apiVersion";
  for (std::size_t at = text.find(kKey); at != std::string_view::npos; at = text.find(kKey, at)) {
    at += kKey.size();
    const std::size_t value = std::min(text.find_first_not_of("\"' :\t\r\n", at), text.size());
    if (text.substr(value).starts_with("backstage.io/")) return true;
  }
  return false;
}

BackstageCatalogue make_catalogue(const std::vector<BackstageEntity>& entities,
                                  std::vector<Diagnostic>& diagnostics) {
  return CatalogueMaker(entities, diagnostics).make();
}

}  // namespace revisitd::collectors
