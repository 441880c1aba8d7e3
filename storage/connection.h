#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "storage/store.h"

// The one connection to the database: how it is opened, how its errors become ours, and the steps
// in which it is written.
namespace revisitd::storage {

enum class Durability {
  synced,    // on the disk when the commit returns
  buffered,  // in the kernel: survives the process, but not the power
};

class Connection {
 public:
  // Opens the existing file for this process alone, with every feature that we do not need switched
  // off. Nothing is written, not even by closing it, until allow_writes(). Throws StoreError.
  Connection(std::string path, Duration lock_wait);

  // From here on, closing folds the log into the database.
  void allow_writes();
  // Called whenever damage is found from here on.
  void on_damage(std::function<void()> hook) { on_damage_ = std::move(hook); }

  [[nodiscard]] SQLite::Database& database() { return database_; }
  [[nodiscard]] const std::string& path() const { return path_; }

  std::int64_t pragma(const std::string& name);
  void set_durability(Durability durability);

  // The StoreError for a failure of the database; `system` is the errno behind it.
  [[nodiscard]] StoreError trouble(const SQLite::Exception& error) const;
  [[nodiscard]] StoreError trouble(const SQLite::Exception& error, int system) const;
  [[nodiscard]] StoreError damaged(const std::string& detail) const;

  // After a commit whose outcome is unknown nothing read here can be trusted: every further call
  // throws `io`, and closing leaves the files alone.
  void give_up();
  void check_usable() const;
  [[nodiscard]] bool usable() const { return !given_up_; }

  // Runs `work`, with the database's exceptions turned into StoreErrors.
  template <class Work>
  auto guarded(const Work& work) {
    check_usable();
    try {
      return work();
    } catch (const SQLite::Exception& error) {
      throw trouble(error);
    }
  }

 private:
  std::string path_;
  SQLite::Database database_;
  std::optional<Durability> durability_;
  std::function<void()> on_damage_;
  bool given_up_ = false;
};

// One atomic change. Undone by the destructor unless committed.
class WriteStep {
 public:
  WriteStep(Connection& connection, Durability durability);
  WriteStep(const WriteStep&) = delete;
  WriteStep& operator=(const WriteStep&) = delete;
  ~WriteStep();

  // Throws StoreError; after `io` the change may be there or not, and the connection has given up.
  void commit();

 private:
  Connection& connection_;
  bool open_ = true;
};

// A statement of ours, prepared when it is first used: a start needs few of them, and preparing all
// took it a millisecond. `text` must live as long as this.
class Prepared {
 public:
  Prepared(SQLite::Database& database, const char* text) : database_(database), text_(text) {}

  // Throws SQLite::Exception where the schema is not what the text takes it for.
  SQLite::Statement& get();

 private:
  SQLite::Database& database_;
  const char* text_;
  std::optional<SQLite::Statement> statement_;
};

// A statement in use: reset when this goes out of scope, so that it never pins the log. Parameters
// count from 1, columns from 0.
class Use {
 public:
  explicit Use(SQLite::Statement& statement) : statement_(statement) {}
  explicit Use(Prepared& prepared) : Use(prepared.get()) {}
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  ~Use() { statement_.tryReset(); }

  // Texts and blobs are not copied: they must live as long as this.
  Use& bind(int index, const std::string& text);
  Use& bind(int index, std::int64_t number);
  Use& bind_real(int index, double number);
  Use& bind_blob(int index, const std::string& bytes);
  Use& bind_null(int index);

  // True while there is a row.
  bool step() { return statement_.executeStep(); }
  void run();

  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::int64_t number(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] bool is_null(int column) const;
  // Valid until the next step.
  [[nodiscard]] std::string_view blob(int column) const;

 private:
  SQLite::Statement& statement_;
};

}  // namespace revisitd::storage
