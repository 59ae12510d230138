/*M!999999\- enable the sandbox mode */ 
INSERT INTO `mdl_config` VALUES
(1,'siteidentifier','SECRET\'token\\');
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
INSERT INTO `mdl_course` VALUES
(7,1,'Invented Studies; it\'s fun','IS','x');
INSERT INTO `mdl_course_modules` VALUES
(44,7,17,3,1),
(45,7,16,9,1),
(46,7,17,4,1);
INSERT INTO `mdl_forum_posts` VALUES
(1,'it\'s \"quoted\" `so`','it\'s \"quoted\" `so`it\'s \"quoted\" `so`it\'s \"quoted\" `so`'),
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
INSERT INTO `mdl_logstore_standard_log` VALUES
(1,'\\mod_quiz\\event\\attempt_started','mod_quiz','started','attempt',NULL,NULL,'c',2,20,70,45,5,7,NULL,0,'it\'s \"quoted\" `so`',1606845999,'web',NULL,NULL),
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
INSERT INTO `mdl_modules` VALUES
(16,'page',0),
(17,'quiz',0);
INSERT INTO `mdl_page` VALUES
(9,7,'Read\\me, it\'s 1st','x','yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy');
INSERT INTO `mdl_quiz` VALUES
(3,7,'Week 1: “Ação”','x'),
(4,7,'Week 2\n;','x');
INSERT INTO `mdl_upgrade_log` VALUES
(1,0,'core','2','3','x','','',2,5);
INSERT INTO `mdl_user` VALUES
(4,'manual','bruna','SECRET-hash','Bruna','d\'Almada','SECRET@example.org','SECRET-ip'),
(5,'manual','caio','SECRET-hash','Caio \\ João','Ávila','SECRET@example.org','SECRET-ip');
