--
-- PostgreSQL database dump
--

\restrict Y7WzFgngQe2uKgfNTfxFfTzJJhAd1nJqYzJ1PoeB3Uh92wE2mtf6iVswtMjaDS6

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: f(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.f() RETURNS text
    LANGUAGE sql
    AS $_$ select 'it''s; (' || $$a'b$$ -- don't
$_$;


ALTER FUNCTION public.f() OWNER TO postgres;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: mdl_config; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.mdl_config (
    id bigint,
    name character varying(255),
    value text
);


ALTER TABLE public.mdl_config OWNER TO postgres;

--
-- Name: mdl_course; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.mdl_course (
    id bigint,
    category bigint,
    fullname character varying(254),
    shortname character varying(255),
    summary text
);


ALTER TABLE public.mdl_course OWNER TO postgres;

--
-- Name: mdl_course_modules; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.mdl_course_modules (
    id bigint,
    course bigint,
    module bigint,
    instance bigint,
    section bigint
);


ALTER TABLE public.mdl_course_modules OWNER TO postgres;

--
-- Name: mdl_forum_posts; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.mdl_forum_posts (
    id bigint,
    subject character varying(255),
    message text
);


ALTER TABLE public.mdl_forum_posts OWNER TO postgres;

--
-- Name: mdl_log; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.mdl_log (
    id bigint,
    "time" bigint,
    userid bigint,
    ip character varying(45),
    course bigint,
    module character varying(20),
    cmid bigint,
    action character varying(40),
    url character varying(100),
    info character varying(255)
);


ALTER TABLE public.mdl_log OWNER TO postgres;

--
-- Name: mdl_logstore_standard_log; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.mdl_logstore_standard_log (
    id bigint NOT NULL,
    eventname character varying(255) DEFAULT ''::character varying NOT NULL,
    component character varying(100),
    action character varying(100),
    target character varying(100),
    objecttable character varying(50),
    objectid bigint,
    crud character varying(1),
    edulevel smallint,
    contextid bigint,
    contextlevel bigint,
    contextinstanceid bigint,
    userid bigint,
    courseid bigint,
    relateduserid bigint,
    anonymous smallint,
    other text,
    timecreated bigint,
    origin character varying(10),
    ip character varying(45),
    realuserid bigint
);


ALTER TABLE public.mdl_logstore_standard_log OWNER TO postgres;

--
-- Name: mdl_modules; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.mdl_modules (
    id bigint,
    name character varying(20),
    cron bigint
);


ALTER TABLE public.mdl_modules OWNER TO postgres;

--
-- Name: mdl_page; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.mdl_page (
    id bigint,
    course bigint,
    name character varying(255),
    intro text,
    content text
);


ALTER TABLE public.mdl_page OWNER TO postgres;

--
-- Name: mdl_quiz; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.mdl_quiz (
    id bigint,
    course bigint,
    name character varying(255),
    intro text
);


ALTER TABLE public.mdl_quiz OWNER TO postgres;

--
-- Name: mdl_upgrade_log; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.mdl_upgrade_log (
    id bigint,
    type bigint,
    plugin character varying(100),
    version character varying(100),
    targetversion character varying(100),
    info character varying(255),
    details text,
    backtrace text,
    userid bigint,
    timemodified bigint
);


ALTER TABLE public.mdl_upgrade_log OWNER TO postgres;

--
-- Name: mdl_user; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.mdl_user (
    id bigint,
    auth character varying(20),
    username character varying(100),
    password character varying(255),
    firstname character varying(100),
    lastname character varying(100),
    email character varying(100),
    lastip character varying(45)
);


ALTER TABLE public.mdl_user OWNER TO postgres;

--
-- Data for Name: mdl_config; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.mdl_config (id, name, value) FROM stdin;
1	siteidentifier	SECRET'token\\
\.


--
-- Data for Name: mdl_course; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.mdl_course (id, category, fullname, shortname, summary) FROM stdin;
7	1	Invented Studies; it's fun	IS	x
\.


--
-- Data for Name: mdl_course_modules; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.mdl_course_modules (id, course, module, instance, section) FROM stdin;
44	7	17	3	1
45	7	16	9	1
46	7	17	4	1
\.


--
-- Data for Name: mdl_forum_posts; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.mdl_forum_posts (id, subject, message) FROM stdin;
1	it's "quoted" `so`	it's "quoted" `so`it's "quoted" `so`it's "quoted" `so`
2	''doubled''	''doubled''''doubled''''doubled''
3	back\\slash and \\' and \\\\	back\\slash and \\' and \\\\back\\slash and \\' and \\\\back\\slash and \\' and \\\\
4	ends with \\	ends with \\ends with \\ends with \\
5	line\nend, \r\n and\ttab	line\nend, \r\n and\ttabline\nend, \r\n and\ttabline\nend, \r\n and\ttab
6	\\N	\\N\\N\\N
7	NULL	NULLNULLNULL
8	50 % _  \b	50 % _  \b50 % _  \b50 % _  \b
9	');\nINSERT INTO `mdl_logstore_standard_log` VALUES (1,'\\\\core\\\\event\\\\course_viewed');	');\nINSERT INTO `mdl_logstore_standard_log` VALUES (1,'\\\\core\\\\event\\\\course_viewed');');\nINSERT INTO `mdl_logstore_standard_log` VALUES (1,'\\\\core\\\\event\\\\course_viewed');');\nINSERT INTO `mdl_logstore_standard_log` VALUES (1,'\\\\core\\\\event\\\\course_viewed');
10	\\.\n\\.	\\.\n\\.\\.\n\\.\\.\n\\.
11	-- no comment /* nor this */ # nor this	-- no comment /* nor this */ # nor this-- no comment /* nor this */ # nor this-- no comment /* nor this */ # nor this
12	$$ and $tag$ and E'x'	$$ and $tag$ and E'x'$$ and $tag$ and E'x'$$ and $tag$ and E'x'
13	“Ação” – Übung, 測験 🎓	“Ação” – Übung, 測験 🎓“Ação” – Übung, 測験 🎓“Ação” – Übung, 測験 🎓
14	(a, (b), c);	(a, (b), c);(a, (b), c);(a, (b), c);
15		
\.


--
-- Data for Name: mdl_log; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.mdl_log (id, "time", userid, ip, course, module, cmid, action, url, info) FROM stdin;
\.


--
-- Data for Name: mdl_logstore_standard_log; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.mdl_logstore_standard_log (id, eventname, component, action, target, objecttable, objectid, crud, edulevel, contextid, contextlevel, contextinstanceid, userid, courseid, relateduserid, anonymous, other, timecreated, origin, ip, realuserid) FROM stdin;
1	\\mod_quiz\\event\\attempt_started	mod_quiz	started	attempt	\N	\N	c	2	20	70	45	5	7	\N	0	it's "quoted" `so`	1606845999	web	\N	\N
2	\\mod_quiz\\event\\attempt_started	mod_quiz	started	attempt	\N	\N	c	2	20	70	46	4	7	\N	0	''doubled''	1606846059	web	\N	\N
3	\\mod_quiz\\event\\attempt_started	mod_quiz	started	attempt	\N	\N	c	2	20	70	44	5	7	\N	0	back\\slash and \\' and \\\\	1606846119	web	\N	\N
4	\\mod_quiz\\event\\attempt_started	mod_quiz	started	attempt	\N	\N	c	2	20	70	45	4	7	\N	0	ends with \\	1606846179	web	\N	\N
5	\\core\\event\\course_viewed	core	viewed	course	\N	\N	r	2	20	50	7	5	7	\N	0	line\nend, \r\n and\ttab	1606846239	web	\N	\N
6	\\mod_quiz\\event\\attempt_started	mod_quiz	started	attempt	\N	\N	c	2	20	70	44	4	7	\N	0	\\N	1606846299	web	\N	\N
7	\\mod_quiz\\event\\attempt_started	mod_quiz	started	attempt	\N	\N	c	2	20	70	45	5	7	\N	0	NULL	1606846359	web	\N	\N
8	\\mod_quiz\\event\\attempt_started	mod_quiz	started	attempt	\N	\N	c	2	20	70	46	4	7	\N	0	50 % _  \b	1606846419	web	\N	\N
9	\\mod_quiz\\event\\attempt_started	mod_quiz	started	attempt	\N	\N	c	2	20	70	44	5	7	\N	0	');\nINSERT INTO `mdl_logstore_standard_log` VALUES (1,'\\\\core\\\\event\\\\course_viewed');	1606846479	web	\N	\N
10	\\core\\event\\course_viewed	core	viewed	course	\N	\N	r	2	20	50	7	4	7	\N	0	\\.\n\\.	1606846539	web	\N	\N
11	\\mod_quiz\\event\\attempt_started	mod_quiz	started	attempt	\N	\N	c	2	20	70	46	5	7	\N	0	-- no comment /* nor this */ # nor this	1606846599	web	\N	\N
12	\\mod_quiz\\event\\attempt_started	mod_quiz	started	attempt	\N	\N	c	2	20	70	44	4	7	\N	0	$$ and $tag$ and E'x'	1606846659	web	\N	\N
13	\\mod_quiz\\event\\attempt_started	mod_quiz	started	attempt	\N	\N	c	2	20	70	45	5	7	\N	0	“Ação” – Übung, 測験 🎓	1606846719	web	\N	\N
14	\\mod_quiz\\event\\attempt_started	mod_quiz	started	attempt	\N	\N	c	2	20	70	46	4	7	\N	0	(a, (b), c);	1606846779	web	\N	\N
15	\\core\\event\\course_viewed	core	viewed	course	\N	\N	r	2	20	50	7	5	7	\N	0		1606846839	web	\N	\N
\.


--
-- Data for Name: mdl_modules; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.mdl_modules (id, name, cron) FROM stdin;
16	page	0
17	quiz	0
\.


--
-- Data for Name: mdl_page; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.mdl_page (id, course, name, intro, content) FROM stdin;
9	7	Read\\me, it's 1st	x	yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy
\.


--
-- Data for Name: mdl_quiz; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.mdl_quiz (id, course, name, intro) FROM stdin;
3	7	Week 1: “Ação”	x
4	7	Week 2\n;	x
\.


--
-- Data for Name: mdl_upgrade_log; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.mdl_upgrade_log (id, type, plugin, version, targetversion, info, details, backtrace, userid, timemodified) FROM stdin;
1	0	core	2	3	x			2	5
\.


--
-- Data for Name: mdl_user; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.mdl_user (id, auth, username, password, firstname, lastname, email, lastip) FROM stdin;
4	manual	bruna	SECRET-hash	Bruna	d'Almada	SECRET@example.org	SECRET-ip
5	manual	caio	SECRET-hash	Caio \\ João	Ávila	SECRET@example.org	SECRET-ip
\.


--
-- Name: mdl_logstore_standard_log mdl_logstore_standard_log_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.mdl_logstore_standard_log
    ADD CONSTRAINT mdl_logstore_standard_log_pkey PRIMARY KEY (id);


--
-- PostgreSQL database dump complete
--

\unrestrict Y7WzFgngQe2uKgfNTfxFfTzJJhAd1nJqYzJ1PoeB3Uh92wE2mtf6iVswtMjaDS6

