/** The tables of one-to-one chat, with every constraint that a promise rests on. */
import { type Kysely, sql } from 'kysely'

const statements = [
  // Unique under compatibility and case: see wire/user.
  `create table if not exists users (
    id bigint unsigned not null auto_increment primary key,
    username varchar(64) not null,
    username_key varchar(255) not null,
    password varchar(72) not null,
    nickname varchar(64) not null default '',
    avatar varchar(255) not null default '',
    email varchar(128) not null default '',
    phone varchar(20) not null default '',
    session_epoch int unsigned not null default 0,
    kept_session varchar(64) null,
    created_at bigint unsigned not null,
    updated_at bigint unsigned not null,
    unique key users_username_key (username_key)
  )`,
  `create table if not exists sessions (
    user_id bigint unsigned not null,
    session_id varchar(64) not null,
    expires_at bigint unsigned not null,
    primary key (user_id, session_id),
    key sessions_expires_at (expires_at)
  )`,
  // One row a pair, inserted at the first request or block and never deleted. Its lock orders every change between the two.
  `create table if not exists conversations (
    id bigint unsigned not null auto_increment primary key,
    low_id bigint unsigned not null,
    high_id bigint unsigned not null,
    last_seq bigint unsigned not null default 0,
    last_message_id bigint unsigned not null default 0,
    last_message_time bigint unsigned not null default 0,
    content text not null,
    unique key conversations_pair (low_id, high_id),
    constraint conversations_order check (low_id < high_id)
  )`,
  `create table if not exists messages (
    id bigint unsigned not null auto_increment primary key,
    conversation_id bigint unsigned not null,
    seq bigint unsigned not null,
    from_user_id bigint unsigned not null,
    to_user_id bigint unsigned not null,
    content text not null,
    type tinyint unsigned not null,
    media tinyint unsigned not null,
    created_at bigint unsigned not null,
    record_id varbinary(64) not null,
    client_msg_id varbinary(256) null,
    body_hash binary(32) not null,
    unique key messages_seq (conversation_id, seq),
    unique key messages_record (record_id),
    unique key messages_client_msg_id (from_user_id, client_msg_id),
    key messages_unread (conversation_id, from_user_id, seq)
  )`,
  `create table if not exists relations (
    id bigint unsigned not null auto_increment primary key,
    owner_id bigint unsigned not null,
    target_id bigint unsigned not null,
    type tinyint unsigned not null,
    \`desc\` varchar(64) not null default '',
    last_read_msg_id bigint unsigned not null default 0,
    last_read_seq bigint unsigned not null default 0,
    unread_count int unsigned not null default 0,
    created_at bigint unsigned not null,
    unique key relations_owner_target (owner_id, target_id)
  )`,
  // One waiting request in each direction of a pair: \`waiting\` is null for closed ones, and nulls are never equal.
  `create table if not exists friend_requests (
    id bigint unsigned not null auto_increment primary key,
    sender_id bigint unsigned not null,
    receiver_id bigint unsigned not null,
    remark varchar(255) not null default '',
    status tinyint unsigned not null default 0,
    waiting tinyint unsigned generated always as (case when status in (0, 3) then 1 else null end) stored,
    created_at bigint unsigned not null,
    unique key friend_requests_waiting (sender_id, receiver_id, waiting),
    key friend_requests_receiver (receiver_id, status, id)
  )`,
  `create table if not exists dead_letters (
    id bigint unsigned not null auto_increment primary key,
    topic varchar(249) not null,
    \`partition\` int unsigned not null,
    \`offset\` bigint unsigned not null,
    record_id varbinary(64) null,
    record_key varbinary(1024) null,
    reason varchar(255) not null,
    payload mediumblob not null,
    created_at bigint unsigned not null,
    unique key dead_letters_origin (topic, \`partition\`, \`offset\`)
  )`,
]

/** DDL commits implicitly, so each statement can be repeated after a crash. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) {
    await sql`${sql.raw(statement)} engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin`.execute(db)
  }
}
