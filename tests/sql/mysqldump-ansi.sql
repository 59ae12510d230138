/*M!999999\- enable the sandbox mode */ 
-- MariaDB dump 10.19  Distrib 10.11.19-MariaDB, for debian-linux-gnu (x86_64)
--
-- Host: localhost    Database: invented
-- ------------------------------------------------------
-- Server version	10.11.19-MariaDB-0+deb12u1
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO,ANSI' */;
/*!40111 SET @OLD_SQL_NOTES=@@SQL_NOTES, SQL_NOTES=0 */;

--
-- Table structure for table "mdl_config"
--

DROP TABLE IF EXISTS "mdl_config";
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE "mdl_config" (
  "id" bigint(20) DEFAULT NULL,
  "name" varchar(255) DEFAULT NULL,
  "value" text DEFAULT NULL
);
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table "mdl_config"
--

LOCK TABLES "mdl_config" WRITE;
/*!40000 ALTER TABLE "mdl_config" DISABLE KEYS */;
INSERT INTO "mdl_config" ("id", "name", "value") VALUES (1,'siteidentifier','SECRET\'token\\');
/*!40000 ALTER TABLE "mdl_config" ENABLE KEYS */;
UNLOCK TABLES;
/*!50003 SET @saved_cs_client      = @@character_set_client */ ;
/*!50003 SET @saved_cs_results     = @@character_set_results */ ;
/*!50003 SET @saved_col_connection = @@collation_connection */ ;
/*!50003 SET character_set_client  = utf8mb4 */ ;
/*!50003 SET character_set_results = utf8mb4 */ ;
/*!50003 SET collation_connection  = utf8mb4_general_ci */ ;
/*!50003 SET @saved_sql_mode       = @@sql_mode */ ;
/*!50003 SET sql_mode              = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION' */ ;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER mdl_t BEFORE INSERT ON mdl_config FOR EACH ROW BEGIN SET NEW.name = 'it''s; ('; END 
*/;;
DELIMITER ;
/*!50003 SET sql_mode              = @saved_sql_mode */ ;
/*!50003 SET character_set_client  = @saved_cs_client */ ;
/*!50003 SET character_set_results = @saved_cs_results */ ;
/*!50003 SET collation_connection  = @saved_col_connection */ ;

--
-- Table structure for table "mdl_course"
--

DROP TABLE IF EXISTS "mdl_course";
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE "mdl_course" (
  "id" bigint(20) DEFAULT NULL,
  "category" bigint(20) DEFAULT NULL,
  "fullname" varchar(254) DEFAULT NULL,
  "shortname" varchar(255) DEFAULT NULL,
  "summary" text DEFAULT NULL
);
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table "mdl_course"
--

LOCK TABLES "mdl_course" WRITE;
/*!40000 ALTER TABLE "mdl_course" DISABLE KEYS */;
INSERT INTO "mdl_course" ("id", "category", "fullname", "shortname", "summary") VALUES (7,1,'Invented Studies; it\'s fun','IS','x');
/*!40000 ALTER TABLE "mdl_course" ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table "mdl_course_modules"
--

DROP TABLE IF EXISTS "mdl_course_modules";
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE "mdl_course_modules" (
  "id" bigint(20) DEFAULT NULL,
  "course" bigint(20) DEFAULT NULL,
  "module" bigint(20) DEFAULT NULL,
  "instance" bigint(20) DEFAULT NULL,
  "section" bigint(20) DEFAULT NULL
);
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table "mdl_course_modules"
--

LOCK TABLES "mdl_course_modules" WRITE;
/*!40000 ALTER TABLE "mdl_course_modules" DISABLE KEYS */;
INSERT INTO "mdl_course_modules" ("id", "course", "module", "instance", "section") VALUES (44,7,17,3,1),
(45,7,16,9,1),
(46,7,17,4,1);
/*!40000 ALTER TABLE "mdl_course_modules" ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table "mdl_forum_posts"
--

DROP TABLE IF EXISTS "mdl_forum_posts";
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE "mdl_forum_posts" (
  "id" bigint(20) DEFAULT NULL,
  "subject" varchar(255) DEFAULT NULL,
  "message" text DEFAULT NULL
);
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table "mdl_forum_posts"
--

LOCK TABLES "mdl_forum_posts" WRITE;
/*!40000 ALTER TABLE "mdl_forum_posts" DISABLE KEYS */;
INSERT INTO "mdl_forum_posts" ("id", "subject", "message") VALUES (1,'it\'s \"quoted\" `so`','it\'s \"quoted\" `so`it\'s \"quoted\" `so`it\'s \"quoted\" `so`'),
(2,'\'\'doubled\'\'','\'\'doubled\'\'\'\'doubled\'\'\'\'doubled\'\''),
(3,'back\\slash and \\\' and \\\\','back\\slash and \\\' and \\\\back\\slash and \\\' and \\\\back\\slash and \\\' and \\\\'),
(4,'ends with \\','ends with \\ends with \\ends with \\'),
(5,'line\nend, \r\n and	tab','line\nend, \r\n and	tabline\nend, \r\n and	tabline\nend, \r\n and	tab'),
(6,'\\N','\\N\\N\\N'),
(7,'NULL','NULLNULLNULL'),
(8,'50 % _ \Z ','50 % _ \Z 50 % _ \Z 50 % _ \Z '),
(9,'\');\nINSERT INTO `mdl_logstore_standard_log` VALUES (1,\'\\\\core\\\\event\\\\course_viewed\');','\');\nINSERT INTO `mdl_logstore_standard_log` VALUES (1,\'\\\\core\\\\event\\\\course_viewed\');\');\nINSERT INTO `mdl_logstore_standard_log` VALUES (1,\'\\\\core\\\\event\\\\course_viewed\');\');\nINSERT INTO `mdl_logstore_standard_log` VALUES (1,\'\\\\core\\\\event\\\\course_viewed\');'),
(10,'\\.\n\\.','\\.\n\\.\\.\n\\.\\.\n\\.'),
(11,'-- no comment /* nor this */ # nor this','-- no comment /* nor this */ # nor this-- no comment /* nor this */ # nor this-- no comment /* nor this */ # nor this'),
(12,'$$ and $tag$ and E\'x\'','$$ and $tag$ and E\'x\'$$ and $tag$ and E\'x\'$$ and $tag$ and E\'x\''),
(13,'“Ação” – Übung, 測験 🎓','“Ação” – Übung, 測験 🎓“Ação” – Übung, 測験 🎓“Ação” – Übung, 測験 🎓'),
(14,'(a, (b), c);','(a, (b), c);(a, (b), c);(a, (b), c);'),
(15,'','');
/*!40000 ALTER TABLE "mdl_forum_posts" ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table "mdl_log"
--

DROP TABLE IF EXISTS "mdl_log";
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE "mdl_log" (
  "id" bigint(20) DEFAULT NULL,
  "time" bigint(20) DEFAULT NULL,
  "userid" bigint(20) DEFAULT NULL,
  "ip" varchar(45) DEFAULT NULL,
  "course" bigint(20) DEFAULT NULL,
  "module" varchar(20) DEFAULT NULL,
  "cmid" bigint(20) DEFAULT NULL,
  "action" varchar(40) DEFAULT NULL,
  "url" varchar(100) DEFAULT NULL,
  "info" varchar(255) DEFAULT NULL
);
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table "mdl_log"
--

LOCK TABLES "mdl_log" WRITE;
/*!40000 ALTER TABLE "mdl_log" DISABLE KEYS */;
/*!40000 ALTER TABLE "mdl_log" ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table "mdl_logstore_standard_log"
--

DROP TABLE IF EXISTS "mdl_logstore_standard_log";
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE "mdl_logstore_standard_log" (
  "id" bigint(20) NOT NULL,
  "eventname" varchar(255) NOT NULL DEFAULT '',
  "component" varchar(100) DEFAULT NULL,
  "action" varchar(100) DEFAULT NULL,
  "target" varchar(100) DEFAULT NULL,
  "objecttable" varchar(50) DEFAULT NULL,
  "objectid" bigint(20) DEFAULT NULL,
  "crud" varchar(1) DEFAULT NULL,
  "edulevel" smallint(6) DEFAULT NULL,
  "contextid" bigint(20) DEFAULT NULL,
  "contextlevel" bigint(20) DEFAULT NULL,
  "contextinstanceid" bigint(20) DEFAULT NULL,
  "userid" bigint(20) DEFAULT NULL,
  "courseid" bigint(20) DEFAULT NULL,
  "relateduserid" bigint(20) DEFAULT NULL,
  "anonymous" smallint(6) DEFAULT NULL,
  "other" text DEFAULT NULL,
  "timecreated" bigint(20) DEFAULT NULL,
  "origin" varchar(10) DEFAULT NULL,
  "ip" varchar(45) DEFAULT NULL,
  "realuserid" bigint(20) DEFAULT NULL,
  PRIMARY KEY ("id")
);
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table "mdl_logstore_standard_log"
--

LOCK TABLES "mdl_logstore_standard_log" WRITE;
/*!40000 ALTER TABLE "mdl_logstore_standard_log" DISABLE KEYS */;
INSERT INTO "mdl_logstore_standard_log" ("id", "eventname", "component", "action", "target", "objecttable", "objectid", "crud", "edulevel", "contextid", "contextlevel", "contextinstanceid", "userid", "courseid", "relateduserid", "anonymous", "other", "timecreated", "origin", "ip", "realuserid") VALUES (1,'\\mod_quiz\\event\\attempt_started','mod_quiz','started','attempt',NULL,NULL,'c',2,20,70,45,5,7,NULL,0,'it\'s \"quoted\" `so`',1606845999,'web',NULL,NULL),
(2,'\\mod_quiz\\event\\attempt_started','mod_quiz','started','attempt',NULL,NULL,'c',2,20,70,46,4,7,NULL,0,'\'\'doubled\'\'',1606846059,'web',NULL,NULL),
(3,'\\mod_quiz\\event\\attempt_started','mod_quiz','started','attempt',NULL,NULL,'c',2,20,70,44,5,7,NULL,0,'back\\slash and \\\' and \\\\',1606846119,'web',NULL,NULL),
(4,'\\mod_quiz\\event\\attempt_started','mod_quiz','started','attempt',NULL,NULL,'c',2,20,70,45,4,7,NULL,0,'ends with \\',1606846179,'web',NULL,NULL),
(5,'\\core\\event\\course_viewed','core','viewed','course',NULL,NULL,'r',2,20,50,7,5,7,NULL,0,'line\nend, \r\n and	tab',1606846239,'web',NULL,NULL),
(6,'\\mod_quiz\\event\\attempt_started','mod_quiz','started','attempt',NULL,NULL,'c',2,20,70,44,4,7,NULL,0,'\\N',1606846299,'web',NULL,NULL),
(7,'\\mod_quiz\\event\\attempt_started','mod_quiz','started','attempt',NULL,NULL,'c',2,20,70,45,5,7,NULL,0,'NULL',1606846359,'web',NULL,NULL),
(8,'\\mod_quiz\\event\\attempt_started','mod_quiz','started','attempt',NULL,NULL,'c',2,20,70,46,4,7,NULL,0,'50 % _ \Z ',1606846419,'web',NULL,NULL),
(9,'\\mod_quiz\\event\\attempt_started','mod_quiz','started','attempt',NULL,NULL,'c',2,20,70,44,5,7,NULL,0,'\');\nINSERT INTO `mdl_logstore_standard_log` VALUES (1,\'\\\\core\\\\event\\\\course_viewed\');',1606846479,'web',NULL,NULL),
(10,'\\core\\event\\course_viewed','core','viewed','course',NULL,NULL,'r',2,20,50,7,4,7,NULL,0,'\\.\n\\.',1606846539,'web',NULL,NULL),
(11,'\\mod_quiz\\event\\attempt_started','mod_quiz','started','attempt',NULL,NULL,'c',2,20,70,46,5,7,NULL,0,'-- no comment /* nor this */ # nor this',1606846599,'web',NULL,NULL),
(12,'\\mod_quiz\\event\\attempt_started','mod_quiz','started','attempt',NULL,NULL,'c',2,20,70,44,4,7,NULL,0,'$$ and $tag$ and E\'x\'',1606846659,'web',NULL,NULL),
(13,'\\mod_quiz\\event\\attempt_started','mod_quiz','started','attempt',NULL,NULL,'c',2,20,70,45,5,7,NULL,0,'“Ação” – Übung, 測験 🎓',1606846719,'web',NULL,NULL),
(14,'\\mod_quiz\\event\\attempt_started','mod_quiz','started','attempt',NULL,NULL,'c',2,20,70,46,4,7,NULL,0,'(a, (b), c);',1606846779,'web',NULL,NULL),
(15,'\\core\\event\\course_viewed','core','viewed','course',NULL,NULL,'r',2,20,50,7,5,7,NULL,0,'',1606846839,'web',NULL,NULL);
/*!40000 ALTER TABLE "mdl_logstore_standard_log" ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table "mdl_modules"
--

DROP TABLE IF EXISTS "mdl_modules";
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE "mdl_modules" (
  "id" bigint(20) DEFAULT NULL,
  "name" varchar(20) DEFAULT NULL,
  "cron" bigint(20) DEFAULT NULL
);
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table "mdl_modules"
--

LOCK TABLES "mdl_modules" WRITE;
/*!40000 ALTER TABLE "mdl_modules" DISABLE KEYS */;
INSERT INTO "mdl_modules" ("id", "name", "cron") VALUES (16,'page',0),
(17,'quiz',0);
/*!40000 ALTER TABLE "mdl_modules" ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table "mdl_page"
--

DROP TABLE IF EXISTS "mdl_page";
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE "mdl_page" (
  "id" bigint(20) DEFAULT NULL,
  "course" bigint(20) DEFAULT NULL,
  "name" varchar(255) DEFAULT NULL,
  "intro" text DEFAULT NULL,
  "content" text DEFAULT NULL
);
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table "mdl_page"
--

LOCK TABLES "mdl_page" WRITE;
/*!40000 ALTER TABLE "mdl_page" DISABLE KEYS */;
INSERT INTO "mdl_page" ("id", "course", "name", "intro", "content") VALUES (9,7,'Read\\me, it\'s 1st','x','yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy');
/*!40000 ALTER TABLE "mdl_page" ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table "mdl_quiz"
--

DROP TABLE IF EXISTS "mdl_quiz";
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE "mdl_quiz" (
  "id" bigint(20) DEFAULT NULL,
  "course" bigint(20) DEFAULT NULL,
  "name" varchar(255) DEFAULT NULL,
  "intro" text DEFAULT NULL
);
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table "mdl_quiz"
--

LOCK TABLES "mdl_quiz" WRITE;
/*!40000 ALTER TABLE "mdl_quiz" DISABLE KEYS */;
INSERT INTO "mdl_quiz" ("id", "course", "name", "intro") VALUES (3,7,'Week 1: “Ação”','x'),
(4,7,'Week 2\n;','x');
/*!40000 ALTER TABLE "mdl_quiz" ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table "mdl_upgrade_log"
--

DROP TABLE IF EXISTS "mdl_upgrade_log";
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE "mdl_upgrade_log" (
  "id" bigint(20) DEFAULT NULL,
  "type" bigint(20) DEFAULT NULL,
  "plugin" varchar(100) DEFAULT NULL,
  "version" varchar(100) DEFAULT NULL,
  "targetversion" varchar(100) DEFAULT NULL,
  "info" varchar(255) DEFAULT NULL,
  "details" text DEFAULT NULL,
  "backtrace" text DEFAULT NULL,
  "userid" bigint(20) DEFAULT NULL,
  "timemodified" bigint(20) DEFAULT NULL
);
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table "mdl_upgrade_log"
--

LOCK TABLES "mdl_upgrade_log" WRITE;
/*!40000 ALTER TABLE "mdl_upgrade_log" DISABLE KEYS */;
INSERT INTO "mdl_upgrade_log" ("id", "type", "plugin", "version", "targetversion", "info", "details", "backtrace", "userid", "timemodified") VALUES (1,0,'core','2','3','x','','',2,5);
/*!40000 ALTER TABLE "mdl_upgrade_log" ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table "mdl_user"
--

DROP TABLE IF EXISTS "mdl_user";
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8mb4 */;
CREATE TABLE "mdl_user" (
  "id" bigint(20) DEFAULT NULL,
  "auth" varchar(20) DEFAULT NULL,
  "username" varchar(100) DEFAULT NULL,
  "password" varchar(255) DEFAULT NULL,
  "firstname" varchar(100) DEFAULT NULL,
  "lastname" varchar(100) DEFAULT NULL,
  "email" varchar(100) DEFAULT NULL,
  "lastip" varchar(45) DEFAULT NULL
);
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table "mdl_user"
--

LOCK TABLES "mdl_user" WRITE;
/*!40000 ALTER TABLE "mdl_user" DISABLE KEYS */;
INSERT INTO "mdl_user" ("id", "auth", "username", "password", "firstname", "lastname", "email", "lastip") VALUES (4,'manual','bruna','SECRET-hash','Bruna','d\'Almada','SECRET@example.org','SECRET-ip'),
(5,'manual','caio','SECRET-hash','Caio \\ João','Ávila','SECRET@example.org','SECRET-ip');
/*!40000 ALTER TABLE "mdl_user" ENABLE KEYS */;
UNLOCK TABLES;

--
-- Temporary table structure for view "mdl_v"
--

DROP TABLE IF EXISTS "mdl_v";
/*!50001 DROP VIEW IF EXISTS "mdl_v"*/;
SET @saved_cs_client     = @@character_set_client;
SET character_set_client = utf8mb4;
/*!50001 CREATE VIEW "mdl_v" AS SELECT
 NULL AS "id",
 NULL AS "username" */;
SET character_set_client = @saved_cs_client;

--
-- Final view structure for view "mdl_v"
--

/*!50001 DROP VIEW IF EXISTS "mdl_v"*/;
/*!50001 SET @saved_cs_client          = @@character_set_client */;
/*!50001 SET @saved_cs_results         = @@character_set_results */;
/*!50001 SET @saved_col_connection     = @@collation_connection */;
/*!50001 SET character_set_client      = utf8mb4 */;
/*!50001 SET character_set_results     = utf8mb4 */;
/*!50001 SET collation_connection      = utf8mb4_general_ci */;
/*!50001 CREATE VIEW "mdl_v" AS select "mdl_user"."id" AS "id","mdl_user"."username" AS "username" from "mdl_user" where "mdl_user"."username" <> 'it\'s' */;
/*!50001 SET character_set_client      = @saved_cs_client */;
/*!50001 SET character_set_results     = @saved_cs_results */;
/*!50001 SET collation_connection      = @saved_col_connection */;
/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;

/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;
/*!40014 SET UNIQUE_CHECKS=@OLD_UNIQUE_CHECKS */;
/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;

-- Dump completed on 2026-11-26  8:47:38
