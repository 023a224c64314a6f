-- A store as the first version of the program wrote it.
PRAGMA application_id = 1329809732;
PRAGMA user_version = 1;
CREATE TABLE accounts (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        title_zh TEXT NOT NULL,
        unit TEXT,
        city TEXT,
        active INTEGER NOT NULL CHECK (active IN (0, 1)),
        created TEXT NOT NULL,
        password TEXT,
        password_changed TEXT
    );
INSERT INTO "accounts" VALUES(1,'wang','王规划','hs-zgj','420200',1,'2025-03-01T08:00:00.000000Z',NULL,NULL);
INSERT INTO "accounts" VALUES(2,'li','',NULL,NULL,0,'2025-03-01T08:00:00.000000Z',NULL,NULL);
CREATE TABLE attempts (
        subject TEXT PRIMARY KEY,
        failures INTEGER NOT NULL,
        last TEXT NOT NULL,
        until TEXT
    ) WITHOUT ROWID;
CREATE TABLE grants (
        account INTEGER NOT NULL REFERENCES accounts (id),
        role TEXT NOT NULL,
        city TEXT NOT NULL,
        PRIMARY KEY (account, role, city)
    ) WITHOUT ROWID;
INSERT INTO "grants" VALUES(1,'planner','');
INSERT INTO "grants" VALUES(2,'editor','420200');
CREATE TABLE sessions (
        token TEXT PRIMARY KEY,
        account INTEGER NOT NULL REFERENCES accounts (id),
        created TEXT NOT NULL,
        seen TEXT NOT NULL,
        ends TEXT NOT NULL,
        address TEXT NOT NULL
    ) WITHOUT ROWID;
CREATE TABLE tokens (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        account INTEGER NOT NULL REFERENCES accounts (id),
        token TEXT NOT NULL UNIQUE,
        scopes TEXT NOT NULL,
        created TEXT NOT NULL,
        expires TEXT,
        seen TEXT,
        revoked TEXT
    );
CREATE TABLE trail (
        id INTEGER PRIMARY KEY,
        time TEXT NOT NULL,
        who TEXT NOT NULL,
        via TEXT NOT NULL,
        address TEXT NOT NULL,
        action TEXT NOT NULL,
        kind TEXT NOT NULL,
        target TEXT NOT NULL,
        phase TEXT NOT NULL,
        "of" INTEGER REFERENCES trail (id),
        before TEXT,
        after TEXT,
        note TEXT NOT NULL,
        previous TEXT NOT NULL,
        hash TEXT NOT NULL
    );
INSERT INTO "trail" VALUES(1,'2025-03-01T08:00:00.000000Z','console','console','','account.added','account','wang','done',NULL,NULL,'{"active":true,"city":"420200","grants":["planner"],"unit":"hs-zgj"}','','e82b39af077d4ffa0163d5ff9f6dc8834bab61e64837947d8af7bdde8a29b9d4','179a98b8b0768521b591b1ea5eb9fd3a59175cd8999b91d4a331645edac02fe4');
INSERT INTO "trail" VALUES(2,'2025-03-01T08:00:00.000000Z','console','console','','account.added','account','li','done',NULL,NULL,'{"active":true,"city":null,"grants":["editor@420200"],"unit":null}','','179a98b8b0768521b591b1ea5eb9fd3a59175cd8999b91d4a331645edac02fe4','9d3f1ae4e9886a9d312e0aed2d9271be6a20c3c6139f2b70c2abc92a9b1b2a44');
INSERT INTO "trail" VALUES(3,'2025-03-01T08:00:00.000000Z','console','console','','account.disabled','account','li','done',NULL,'{"active":true,"city":null,"grants":["editor@420200"],"unit":null}','{"active":false,"city":null,"grants":["editor@420200"],"unit":null}','','9d3f1ae4e9886a9d312e0aed2d9271be6a20c3c6139f2b70c2abc92a9b1b2a44','b8af2d58a114f22c8b05fef45053699dcd9fad179a63da63b074d972924a1a64');
CREATE TABLE trail_head (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        name TEXT NOT NULL,
        id INTEGER NOT NULL,
        hash TEXT NOT NULL
    );
INSERT INTO "trail_head" VALUES(1,'b1a275026574b57592a90b246549bed9',3,'b8af2d58a114f22c8b05fef45053699dcd9fad179a63da63b074d972924a1a64');
CREATE INDEX sessions_of ON sessions (account);
CREATE INDEX trail_who ON trail (who);
CREATE INDEX trail_action ON trail (action);
CREATE INDEX trail_target ON trail (kind, target);
CREATE INDEX trail_time ON trail (time);
CREATE INDEX trail_of ON trail ("of") WHERE "of" IS NOT NULL;
CREATE INDEX trail_intents ON trail (id) WHERE phase = 'intent';
CREATE TRIGGER trail_follows BEFORE INSERT ON trail
        WHEN NEW.id IS NOT (SELECT id + 1 FROM trail_head)
          OR NEW.previous IS NOT (SELECT hash FROM trail_head)
        BEGIN SELECT RAISE(ABORT, 'trail: an entry follows the last one'); END;
CREATE TRIGGER trail_moves_head AFTER INSERT ON trail
        BEGIN UPDATE trail_head SET id = NEW.id, hash = NEW.hash; END;
CREATE TRIGGER trail_keeps BEFORE UPDATE ON trail
        BEGIN SELECT RAISE(ABORT, 'trail: entries are never changed'); END;
CREATE TRIGGER trail_stays BEFORE DELETE ON trail
        BEGIN SELECT RAISE(ABORT, 'trail: entries are never deleted'); END;
CREATE TRIGGER trail_head_is_last BEFORE UPDATE ON trail_head
        WHEN NEW.name IS NOT OLD.name OR NEW.one IS NOT OLD.one OR NEW.id IS NOT OLD.id + 1
          OR NOT EXISTS (SELECT 1 FROM trail WHERE id = NEW.id AND hash = NEW.hash)
        BEGIN SELECT RAISE(ABORT, 'trail: the head is the last entry'); END;
CREATE TRIGGER trail_head_is_one BEFORE INSERT ON trail_head
        BEGIN SELECT RAISE(ABORT, 'trail: there is one head'); END;
CREATE TRIGGER trail_head_stays BEFORE DELETE ON trail_head
        BEGIN SELECT RAISE(ABORT, 'trail: the head stays'); END;
