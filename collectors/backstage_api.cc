#include "collectors/backstage_api.h"

#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>

namespace revisitd::collectors {
namespace {

namespace json = boost::json;
namespace asio = boost::asio;

constexpr std::size_t kMostPages = 200;
constexpr std::size_t kPage = 500;
constexpr const char* kKinds =
    "filter=kind=user&filter=kind=group&filter=kind=component,spec.type=service";
constexpr const char* kFields =
    "fields=apiVersion,kind,metadata.name,metadata.namespace,metadata.annotations,metadata.labels,"
    "spec,relations";

const json::value* find(const json::value* value, std::string_view key) {
  if (value == nullptr || !value->is_object()) return nullptr;
  return value->as_object().if_contains(key);
}

std::string text_of(const json::value* value) {
  if (value == nullptr || !value->is_string()) return "";
  return std::string(std::string_view(value->as_string()));
}

std::vector<std::string> texts_of(const json::value* value) {
  std::vector<std::string> texts;
  if (value == nullptr || !value->is_array()) return texts;
  for (const json::value& item : value->as_array()) {
    if (item.is_string()) texts.push_back(text_of(&item));
  }
  return texts;
}

void read_remarks(const json::value* map, BackstageEntity& entity) {
  if (map == nullptr || !map->is_object()) return;
  for (const auto& [key, value] : map->as_object()) {
    const std::string_view name(key.data(), key.size());
    if (name.starts_with(kBackstageRemarks) && value.is_string()) {
      entity.remarks.emplace(name.substr(kBackstageRemarks.size()), text_of(&value));
    }
  }
}

// Providers of users and groups (LDAP, GitHub) say who belongs where by relations.
void read_relations(const json::value* list, BackstageEntity& entity) {
  if (list == nullptr || !list->is_array()) return;
  for (const json::value& relation : list->as_array()) {
    const std::string type = text_of(find(&relation, "type"));
    const std::string target = text_of(find(&relation, "targetRef"));
    if (target.empty()) continue;
    if (entity.kind == "User" && type == "memberOf") entity.member_of.push_back(target);
    if (entity.kind == "Group" && type == "hasMember") entity.members.push_back(target);
    if (entity.kind == "Component" && type == "ownedBy" && entity.owner.empty())
      entity.owner = target;
  }
}

std::optional<BackstageEntity> entity_of(const json::value& item) {
  BackstageEntity entity;
  entity.kind = text_of(find(&item, "kind"));
  if (entity.kind != "User" && entity.kind != "Group" && entity.kind != "Component")
    return std::nullopt;
  const json::value* metadata = find(&item, "metadata");
  const json::value* spec = find(&item, "spec");
  entity.name = text_of(find(metadata, "name"));
  if (const std::string space = text_of(find(metadata, "namespace")); !space.empty())
    entity.space = space;
  read_remarks(find(metadata, "annotations"), entity);
  read_remarks(find(metadata, "labels"), entity);
  entity.email = text_of(find(find(spec, "profile"), "email"));
  entity.owner = text_of(find(spec, "owner"));
  entity.type = text_of(find(spec, "type"));
  entity.member_of = texts_of(find(spec, "memberOf"));
  entity.members = texts_of(find(spec, "members"));
  read_relations(find(&item, "relations"), entity);
  return entity;
}

// As a part of a query. Cursors are base64, and some are JSON.
std::string percent_encoded(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

}  // namespace

Result<BackstagePage> read_backstage_page(std::string_view text) {
  boost::system::error_code error;
  const json::value page = json::parse(text, error, {}, {.max_depth = 64});
  if (error) return Error{"the catalogue's answer is no JSON: " + error.message()};
  const json::value* items = page.is_array() ? &page : find(&page, "items");
  if (items == nullptr || !items->is_array())
    return Error{"the catalogue's answer holds no list of entities"};
  BackstagePage read;
  read.items = items->as_array().size();
  for (const json::value& item : items->as_array()) {
    if (auto entity = entity_of(item)) read.entities.push_back(*std::move(entity));
  }
  read.next_cursor = text_of(find(find(&page, "pageInfo"), "nextCursor"));
  return read;
}

asio::awaitable<Result<std::vector<BackstageEntity>>> fetch_catalogue(HttpClient& client,
                                                                      FetchRequest request) {
  using Done = Result<std::vector<BackstageEntity>>;
  std::string base = request.url;
  while (base.ends_with('/')) base.pop_back();
  base += "/api/catalog/entities";
  std::vector<BackstageEntity> all;
  bool by_cursor = true;
  std::string cursor;
  std::size_t offset = 0;
  for (std::size_t pages = 0; pages < kMostPages; ++pages) {
    FetchRequest page = request;
    if (by_cursor) {
      // What was asked for at first is part of the cursor.
      page.url = base + "/by-query?limit=" + std::to_string(kPage) + "&" +
                 (cursor.empty() ? std::string(kKinds) : "cursor=" + percent_encoded(cursor)) +
                 "&" + kFields;
    } else {
      page.url = base + "?" + kKinds + "&" + kFields + "&offset=" + std::to_string(offset) +
                 "&limit=" + std::to_string(kPage);
    }
    const auto answer = co_await client.fetch(std::move(page));
    if (!answer) co_return Done(Error{answer.error().message});
    if (answer->status == 404 && by_cursor && pages == 0) {
      by_cursor = false;
      continue;
    }
    if (answer->status != 200)
      co_return Done(Error{"it answered " + std::to_string(answer->status)});
    auto read = read_backstage_page(answer->body);
    if (!read) co_return Done(read.error());
    for (BackstageEntity& entity : read->entities) all.push_back(std::move(entity));
    offset += read->items;
    cursor = read->next_cursor;
    const bool last = by_cursor ? cursor.empty() : read->items < kPage;
    if (last) co_return Done(std::move(all));
  }
  co_return Done(Error{"the catalogue has more than " + std::to_string(kMostPages) + " pages"});
}

}  // namespace revisitd::collectors
